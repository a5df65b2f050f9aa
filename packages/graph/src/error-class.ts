import type { Outcome } from '@pombo/domain/outcome.ts';
import { verdictOn } from './meta-errors.ts';

/**
 * How a call to Graph failed, in few words that are the same for ever: what charts and alarms speak of. `other` is what
 * stands in no table of ours, so that only its HTTP status decided what followed.
 */
export const errorClasses = [
  'throttled_page',
  'throttled_app',
  'throttled_recipient',
  'no_connection',
  'meta_said_later',
  'media_not_fetched',
  'refused_recipient',
  'refused_request',
  'refused_configuration',
  'refused_permission',
  'asset_gone',
  'line_down',
  'no_answer',
  'broken_answer',
  'server_error',
  'unreadable_answer',
  'meta_is_unsure',
  'other',
] as const;

export type ErrorClass = (typeof errorClasses)[number];

/** Null: it did not fail, or we held it back ourselves. Pure. */
export function errorClassOf(outcome: Outcome): ErrorClass | null {
  if (isUnlisted(outcome)) return 'other';
  switch (outcome.kind) {
    case 'throttled':
      return `throttled_${outcome.scope}`;
    case 'refused':
      return `refused_${outcome.about}`;
    case 'unavailable':
    case 'unknown':
      return outcome.because;
    case 'asset_gone':
    case 'line_down':
      return outcome.kind;
    case 'sent':
    case 'withheld':
      return null;
  }
}

/** Graph said a code that no row of the table knows; or it refused, and said none. */
function isUnlisted({ kind, reply: { code, subcode } }: Outcome): boolean {
  return code === null ? kind === 'refused' : verdictOn(code, subcode, false) === null;
}
