/** What stands against a line's sending, from the least it may do to the most. `open`: nothing does. */
export const lineStandings = ['inactive', 'paused', 'parked', 'closed', 'blocked', 'held', 'slowed', 'open'] as const;

export type LineStandingWord = (typeof lineStandings)[number];

/** Where a line stands: one word for programs, one sentence for people. */
export interface LineStanding {
  word: LineStandingWord;
  sentence: string;
}

/** What the rows of a line, its gate and its customer say. Paces are messages per second; 0 is none. */
export interface LineGateFacts {
  active: boolean;
  customerActive: boolean;
  pausedAt: Date | null;
  parkedAt: Date | null;
  parkedUntil: Date | null;
  parkedReason: string | null;
  parkedMend: 'operator' | 'token' | 'time' | null;
  /** Not null: closed to all but one trial call at a time. */
  trialAt: Date | null;
  blockedUntil: Date | null;
  blockedBecause: string | null;
  heldUntil: Date | null;
  heldNow: number | null;
  heldBulk: number | null;
  pace: number;
  mediaPace: number;
  /** How much of both paces is allowed just now, above 0 and up to 1. */
  currentShare: number;
  paceBecause: string | null;
}

interface Rule {
  applies: (line: LineGateFacts, now: Date) => boolean;
  sentence: (line: LineGateFacts, now: Date) => string;
}

const rules: Readonly<Record<LineStandingWord, Rule>> = {
  inactive: {
    applies: (line) => !line.active || !line.customerActive,
    sentence: (line) =>
      line.customerActive
        ? 'An operator deactivated it: its callers are refused, and what was accepted waits.'
        : 'Its customer is blocked: callers are refused, and what was accepted waits.',
  },
  paused: {
    applies: (line) => line.pausedAt !== null,
    sentence: (line) => `An operator paused it at ${utc(line.pausedAt)}. It sends nothing until somebody resumes it.`,
  },
  parked: {
    applies: (line, now) => line.parkedAt !== null && (line.parkedUntil === null || line.parkedUntil > now),
    sentence: (line) => `Parked at ${utc(line.parkedAt)}: ${said(line.parkedReason)} ${mendOf(line)}`,
  },
  closed: {
    applies: (line) => line.trialAt !== null,
    sentence: (line, now) =>
      `Graph does not answer this line, or most lines, so one trial call goes at a time, the next ${atOrNow(line.trialAt, now)}.`,
  },
  blocked: {
    applies: (line, now) => isAhead(line.blockedUntil, now),
    sentence: (line) => `It sends nothing until ${utc(line.blockedUntil)}: ${said(line.blockedBecause)}`,
  },
  // Before `slowed`: the current pace is shown beside every standing, a hold nowhere else.
  held: {
    applies: (line, now) => isAhead(line.heldUntil, now),
    sentence: (line) =>
      `Its calls hang, so until ${utc(line.heldUntil)} it may have no more open than ${line.heldNow ?? 0} of lane now and ${line.heldBulk ?? 0} of lane bulk.`,
  },
  slowed: {
    applies: (line) => line.currentShare < 1 && (line.pace > 0 || line.mediaPace > 0),
    sentence: (line) =>
      `It sends at ${Math.floor(line.currentShare * 100)} % of its pace and is recovering: ${said(line.paceBecause)}`,
  },
  open: { applies: () => true, sentence: () => 'It may send, and nothing slows it.' },
};

/** The first thing that stands against it, in the order of `lineStandings`. Pure; `now` is the database's clock. */
export function standingOf(line: LineGateFacts, now: Date): LineStanding {
  const word = lineStandings.find((each) => rules[each].applies(line, now)) ?? 'open';
  return { word, sentence: rules[word].sentence(line, now) };
}

function mendOf({ parkedMend, parkedUntil }: LineGateFacts): string {
  if (parkedUntil !== null) return `It tries again by itself at ${utc(parkedUntil)}.`;
  return parkedMend === 'token'
    ? 'Workers ask Graph from time to time whether the token works again.'
    : 'It waits until an operator resumes it.';
}

function isAhead(at: Date | null, now: Date): boolean {
  return at !== null && at > now;
}

function atOrNow(at: Date | null, now: Date): string {
  return isAhead(at, now) ? `at ${utc(at)}` : 'now';
}

function said(reason: string | null): string {
  const text = (reason ?? '').trim() || 'nobody said why';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function utc(at: Date | null): string {
  return at === null ? 'an unknown time' : `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
