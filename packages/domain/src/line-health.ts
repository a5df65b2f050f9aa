import type { Outcome, OutcomeKind } from './outcome.ts';

/**
 * Whether a call says that Graph answers this line. Meta's own "temporary, try again" and "I do not know" are answers in
 * form only: whoever hears five of them in a row had better stop asking at full pace.
 */
const health = {
  sent: 'up',
  throttled: 'up',
  refused: 'up',
  line_down: 'up',
  unavailable: 'down',
  unknown: 'down',
  withheld: null,
} as const satisfies Record<OutcomeKind, 'up' | 'down' | null>;

/** `null`: it says nothing. A line can be down without a call, when nobody can open its token; Graph was not asked then. */
export function healthOf({ kind, reply }: Outcome): 'up' | 'down' | null {
  return health[kind] === 'up' && reply.httpStatus === 0 ? null : health[kind];
}
