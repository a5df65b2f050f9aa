import type { MessageState } from './delivery-state.ts';

/** What an operator may order for all messages that a search finds. */
export const bulkKinds = ['replay', 'cancel', 'settle_not_sent', 'send_again'] as const;

export type BulkKind = (typeof bulkKinds)[number];

/** In which state a message must be for it; the guard of each message asks again in the moment it is done. */
const statesFor = {
  replay: ['ERROR', 'CANCELED'],
  cancel: ['backlog', 'released'],
  settle_not_sent: ['unknown'],
  send_again: ['unknown'],
} as const satisfies Record<BulkKind, readonly MessageState[]>;

/** What may be ordered for all messages of this state. */
export function kindsFor(state: MessageState | null): BulkKind[] {
  return bulkKinds.filter((kind) => statesFor[kind].some((each) => each === state));
}

export type BulkState = 'running' | 'finished' | 'stopped';

/** Why one message may not be replayed; the words are those of `replay_messages`. */
export type ReplayRefusal =
  | 'not_found'
  | 'not_unsent'
  | 'already'
  | 'may_have_arrived'
  | 'account_inactive'
  | 'line_inactive'
  | 'line_incomplete'
  | 'campaign_canceled'
  | 'excluded'
  | 'full';

/** What became of one message of a bulk action. */
export type BulkVerdict = ReplayRefusal | 'replayed' | 'canceled' | 'too_late' | 'settled' | 'sent_again' | 'moved_on';

type Counted = 'done' | 'skipped' | 'failed';

/** `skipped`: it had moved on, or somebody had been there before. `failed`: a rule forbids it. */
const verdictCounts = {
  replayed: 'done',
  canceled: 'done',
  settled: 'done',
  sent_again: 'done',
  not_found: 'skipped',
  not_unsent: 'skipped',
  already: 'skipped',
  too_late: 'skipped',
  moved_on: 'skipped',
  may_have_arrived: 'failed',
  account_inactive: 'failed',
  line_inactive: 'failed',
  line_incomplete: 'failed',
  campaign_canceled: 'failed',
  excluded: 'failed',
  full: 'failed',
} as const satisfies Record<BulkVerdict, Counted>;

/** How many were done, skipped and failed. */
export function countVerdicts(verdicts: Readonly<Partial<Record<BulkVerdict, number>>>): Record<Counted, number> {
  const counts = { done: 0, skipped: 0, failed: 0 };
  for (const [verdict, count] of Object.entries(verdicts)) counts[verdictCounts[verdict as BulkVerdict]] += count;
  return counts;
}
