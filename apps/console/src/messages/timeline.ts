import type { MessageSurroundings } from '@pombo/db/message-surroundings.ts';
import type { ShownAttempt, ShownMessage } from '@pombo/db/messages.ts';
import { whenUnknown } from '../page/on-unknown.ts';

/** One thing that happened to a message. */
export interface TimelineEvent {
  /** Null: when it was is not kept. */
  at: Date | null;
  what: string;
  tone: '' | 'good' | 'bad' | 'wait' | 'soft';
  /** A name and what stands behind it. */
  facts: [string, string][];
}

/** What happened to a message, from its acceptance on. Pure. */
export function timelineOf(message: ShownMessage, around: MessageSurroundings): TimelineEvent[] {
  const happened = [...released(message), ...message.attempts.map(attempted)];
  return [
    accepted(message, around),
    ...shortened(happened.sort((a, b) => timeOf(a) - timeOf(b))),
    ...settled(message),
    ...replayed(around),
  ];
}

function timeOf({ at }: TimelineEvent): number {
  return at?.getTime() ?? 0;
}

function accepted(message: ShownMessage, { idempotencyKey, replayOf, campaign }: MessageSurroundings): TimelineEvent {
  const how =
    message.lane === 'now' ? 'now: somebody waited for the outcome' : 'bulk: nobody waited, it went to the backlog';
  return {
    at: message.createdAt,
    what: 'Accepted',
    tone: '',
    facts: known([
      ['lane', how],
      ['replay of', replayOf && `message ${replayOf}`],
      ['campaign', message.campaignId && `${message.campaignId} ${campaign?.name ?? ''}`],
      ['Idempotency-Key', idempotencyKey],
      ['when the outcome is unknown', whenUnknown(message.onUnknown)],
      ['valid until', utc(message.expiresAt)],
    ]),
  };
}

/** Each release is told once, before the first attempt it led to. What an operator sends again by hand goes by lane bulk. */
function released({ delivery, lane, createdAt, attempts }: ShownMessage): TimelineEvent[] {
  const atOnce = lane === 'now' ? [release(createdAt, 'Released at once, into lane now')] : [];
  const times = [...attempts, ...(delivery === null ? [] : [delivery])].flatMap(({ releasedAt }) => releasedAt ?? []);
  const distinct = new Map(times.map((at) => [at.getTime(), at]));
  return [...atOnce, ...[...distinct.values()].map((at) => release(at, 'Released into lane bulk'))];
}

function release(at: Date, what: string): TimelineEvent {
  return { at, what, tone: '', facts: [] };
}

const firstShown = 5;
const lastShown = 20;

/** What Meta throttles is tried again and again, at no cost: of many releases and attempts those in between are only counted. */
function shortened(happened: readonly TimelineEvent[]): TimelineEvent[] {
  const between = happened.length - firstShown - lastShown;
  if (between <= 1) return [...happened];
  const gap: TimelineEvent = {
    at: null,
    what: `${between} more releases and attempts, which are not shown`,
    tone: 'soft',
    facts: [],
  };
  return [...happened.slice(0, firstShown), gap, ...happened.slice(-lastShown)];
}

const tones: Readonly<Record<string, TimelineEvent['tone']>> = {
  sent: 'good',
  refused: 'bad',
  line_down: 'bad',
  unavailable: 'bad',
  unknown: 'wait',
  throttled: 'wait',
};

function attempted(attempt: ShownAttempt): TimelineEvent {
  const { number, outcome, errorClass, openedAt, turnAt, httpStatus, code, subcode } = attempt;
  return {
    at: openedAt,
    what: `Attempt ${number}: ${outcome ?? 'open'}`,
    tone: tones[outcome ?? ''] ?? '',
    facts: known([
      ['worker', attempt.worker],
      ['turn', `${utc(turnAt)}, ${Math.round(turnAt.getTime() - openedAt.getTime())} ms after it was asked for`],
      ['phases', phasesOf(attempt)],
      ['HTTP status', httpStatus === null ? null : httpStatus === 0 ? 'none: no answer' : String(httpStatus)],
      ['code', code === null ? null : [code, subcode].filter((each) => each !== null).join('/')],
      ['error class', errorClass],
      ['Graph said', attempt.text],
      ['fbtrace_id', attempt.fbtraceId],
      ['recorded', attempt.closedAt && utc(attempt.closedAt)],
    ]),
  };
}

/** From the beginning of the call on. */
function phasesOf({ connectedMs, writtenMs, answeredMs, totalMs }: ShownAttempt): string | null {
  const phases: [string, number | null][] = [
    ['connected', connectedMs],
    ['written', writtenMs],
    ['answered', answeredMs],
    ['total', totalMs],
  ];
  const said = phases.filter(([, ms]) => ms !== null).map(([phase, ms]) => `${phase} ${ms} ms`);
  return said.length === 0 ? null : said.join(' · ');
}

const ends: Readonly<Record<string, TimelineEvent['tone']>> = { OK: 'good', ERROR: 'bad', CANCELED: 'soft' };

function settled(message: ShownMessage): TimelineEvent[] {
  const { settledAt, status, returnCode, returnId, statusDelivery, returnLog } = message;
  if (settledAt === null) return [];
  const code = returnCode === 0 ? '0: never sent' : returnCode;
  return [
    {
      at: settledAt,
      what: `Settled: ${status}`,
      tone: ends[status] ?? '',
      facts: known([
        ['what was said', statusDelivery],
        ['code', code === null ? null : String(code)],
        ['Meta id', returnId],
        ['log', returnLog],
      ]),
    },
  ];
}

function replayed({ replayedAs }: MessageSurroundings): TimelineEvent[] {
  return replayedAs === null ? [] : [{ at: null, what: `Replayed as message ${replayedAs}`, tone: '', facts: [] }];
}

function known(facts: [string, string | null][]): [string, string][] {
  return facts.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value]]));
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 23).replace('T', ' ')} UTC`;
}
