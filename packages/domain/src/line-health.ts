import type { Outcome, OutcomeKind } from './outcome.ts';

/**
 * Whether a call says that Graph answers this line. Meta's own "temporary, try again" and "I do not know" are answers in
 * form only: whoever hears five of them in a row had better stop asking at full pace.
 */
const health = {
  sent: 'up',
  throttled: 'up',
  refused: 'up',
  asset_gone: 'up',
  line_down: 'up',
  unavailable: 'down',
  unknown: 'down',
  withheld: null,
} as const satisfies Record<OutcomeKind, 'up' | 'down' | null>;

/**
 * `null`: it says nothing. A line can be down without a call, when nobody can open its token; Graph was not asked then.
 * And where Graph could not fetch somebody's media it did answer: that host is in trouble, and not the line.
 */
export function healthOf(outcome: Outcome): 'up' | 'down' | null {
  if (outcome.kind === 'unavailable' && outcome.because === 'media_not_fetched') return 'up';
  const said = health[outcome.kind];
  return said === 'up' && outcome.reply.httpStatus === 0 ? null : said;
}
