import type { OpenCallsAllowed } from '@pombo/db/gates.ts';
import type { Lane } from '@pombo/domain/lane.ts';
import type { MessageType } from '@pombo/domain/message-type.ts';
import type { OutcomeKind } from '@pombo/domain/outcome.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import { repeat } from './repeat.ts';

export interface BulkheadParts {
  holdLine: (lineId: string, allowed: OpenCallsAllowed, forMs: number) => Promise<void>;
  slots: Readonly<Record<Lane, number>>;
  logger: Logger;
  /** A clock that only goes forward, in milliseconds. */
  now: () => number;
}

export interface Bulkhead {
  /** A call of this line begins; the answer is to be called with what came of it. */
  begin(lineId: string, type: MessageType): (outcome: OutcomeKind) => void;
  close(): Promise<void>;
}

/** A call hangs when it takes this many times its line's usual, and longer than a healthy Graph ever takes. */
const hangsAfter = { timesUsual: 3, atLeastMs: 2_000 };
/** So many hanging calls at once are the page's fault and not the calls'. */
const tooManyHang = 20;
const timeoutsInARow = 5;
const timeoutsCountForMs = 60_000;
const shareOfSlots = 0.05;
const fewestSlots = 2;
/** How quickly the usual time follows the answers. */
const newAnswerWeighs = 0.1;
const lookEveryMs = 500;
const heldMs = 10_000;
const renewEveryMs = 4_000;
/** What is usual for a line is forgotten when it has not called for so long. */
const rememberedMs = 10 * 60_000;

interface LineCalls {
  open: Set<OpenCall>;
  /** A video takes Meta longer than a text, so each type has its own usual time. */
  usualMs: Partial<Record<MessageType, number>>;
  timeouts: number;
  lastTimeoutAt: number;
  lastCallAt: number;
  heldAt: number | null;
}

interface OpenCall {
  type: MessageType;
  at: number;
}

/**
 * Watches how long each line's calls are open. A page that hangs is held to a few open calls in each lane, so that it
 * cannot take the slots of the others. The gate enforces it for all workers, as long as any of them sees it hang.
 */
export function openBulkhead({ holdLine, slots, logger, now }: BulkheadParts): Bulkhead {
  const lines = new Map<string, LineCalls>();

  function callsOf(lineId: string): LineCalls {
    const known = lines.get(lineId);
    if (known) return known;
    const line = { open: new Set<OpenCall>(), usualMs: {}, timeouts: 0, lastTimeoutAt: 0, lastCallAt: 0, heldAt: null };
    lines.set(lineId, line);
    return line;
  }

  function begin(lineId: string, type: MessageType): (outcome: OutcomeKind) => void {
    const line = callsOf(lineId);
    const call = { type, at: now() };
    line.open.add(call);
    line.lastCallAt = call.at;
    return (outcome) => {
      line.open.delete(call);
      learn(line, call, outcome, now());
    };
  }

  async function look(lineId: string, line: LineCalls, at: number): Promise<void> {
    if (line.open.size === 0 && at - line.lastCallAt > rememberedMs) lines.delete(lineId);
    if (!hangs(line, at)) {
      line.heldAt = null;
      return;
    }
    if (line.heldAt !== null && at - line.heldAt < renewEveryMs) return;
    if (line.heldAt === null) logger.warn({ line: lineId, open: line.open.size }, 'calls of this line hang');
    line.heldAt = at;
    await holdLine(lineId, allowedFor(line, slots, at), heldMs).catch((err) =>
      logger.warn({ err, line: lineId }, 'a hanging line could not be held'),
    );
  }

  const lookAtAll = async () => {
    await Promise.all([...lines].map(([lineId, line]) => look(lineId, line, now())));
  };
  return { begin, ...repeat(lookAtAll, () => lookEveryMs) };
}

function learn(line: LineCalls, { type, at: begunAt }: OpenCall, outcome: OutcomeKind, at: number): void {
  if (outcome === 'withheld') return;
  if (outcome === 'unknown') {
    line.timeouts += 1;
    line.lastTimeoutAt = at;
    return;
  }
  line.timeouts = 0;
  const usual = line.usualMs[type];
  const tookMs = at - begunAt;
  line.usualMs[type] = usual === undefined ? tookMs : usual + newAnswerWeighs * (tookMs - usual);
}

function hangs(line: LineCalls, at: number): boolean {
  const limitMs = (type: MessageType) =>
    Math.max(hangsAfter.atLeastMs, hangsAfter.timesUsual * (line.usualMs[type] ?? 0));
  const hanging = [...line.open].filter((call) => at - call.at > limitMs(call.type));
  return hanging.length >= tooManyHang || timesOut(line, at);
}

function timesOut({ timeouts, lastTimeoutAt }: LineCalls, at: number): boolean {
  return timeouts >= timeoutsInARow && at - lastTimeoutAt < timeoutsCountForMs;
}

function allowedFor(line: LineCalls, slots: Readonly<Record<Lane, number>>, at: number): OpenCallsAllowed {
  const of = (lane: Lane) =>
    timesOut(line, at) ? fewestSlots : Math.max(fewestSlots, Math.floor(shareOfSlots * slots[lane]));
  return { now: of('now'), bulk: of('bulk') };
}
