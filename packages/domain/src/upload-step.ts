import { retryDelayMs, retryPlanSeconds, throttlePauseMs } from './retry-plan.ts';
import type { FailedUpload } from './upload-verdict.ts';

/** What we do about an upload that failed. `because` is the rest of a sentence that begins with the media. */
export type UploadStep =
  | { kind: 'again'; afterMs: number; because: string }
  /** Meta will not take this media, however often it is asked. */
  | { kind: 'give_up'; because: string };

/** What is known of the media when an upload of it fails. */
export interface UploadContext {
  /** How often it has failed before, in a row. */
  triesBefore: number;
  /** How often of those Meta could not fetch it. */
  notFetchedBefore: number;
  /** Campaigns wait for it. Otherwise all that is to be sent can go without: by an earlier upload, or by the URL. */
  awaited: boolean;
  random: () => number;
}

/** A host that is slow once may be well a moment later; one that failed so often is wrong. */
const mostNotFetched = 5;

type Failing<K> = Extract<FailedUpload, { kind: K }>;
type Rules = {
  [K in FailedUpload['kind']]: (outcome: Failing<K>, context: UploadContext) => 'give_up' | { atLeastMs: number };
};

const byThePlan = { atLeastMs: 0 };

/** An upload sends nothing to anybody, so that one whose outcome nobody knows is simply made again. */
const rules: Rules = {
  throttled: ({ scope, regainMs }) => ({ atLeastMs: regainMs ?? throttlePauseMs[scope] }),
  unavailable: ({ because }, { notFetchedBefore }) =>
    because === 'media_not_fetched' && notFetchedBefore + 1 >= mostNotFetched ? 'give_up' : byThePlan,
  unknown: () => byThePlan,
  withheld: () => byThePlan,
  // No person is meant here, so a missing permission is the line's, and somebody may give it.
  refused: ({ about }) => (about === 'permission' ? byThePlan : 'give_up'),
  asset_gone: () => 'give_up',
  line_down: () => byThePlan,
};

/** Pure. The pauses are those of the retry plan, which here has no end. Where nobody waits nothing is given up. */
export function uploadStep<K extends FailedUpload['kind']>(outcome: Failing<K>, context: UploadContext): UploadStep {
  const rule = rules[outcome.kind as K](outcome, context);
  const because = wordsOf(outcome);
  if (rule === 'give_up' && context.awaited) return { kind: 'give_up', because };
  const tries = rule === 'give_up' ? retryPlanSeconds.length : context.triesBefore + 1;
  const plannedMs = retryDelayMs(Math.min(tries, retryPlanSeconds.length), context.random) ?? 0;
  return { kind: 'again', afterMs: Math.max(plannedMs, rule === 'give_up' ? 0 : rule.atLeastMs), because };
}

function wordsOf(outcome: FailedUpload): string {
  if (outcome.kind === 'line_down') return outcome.because;
  const { text, code, subcode } = outcome.reply;
  const numbers = [code, subcode].filter((number) => number !== null).join('/');
  return numbers === '' ? text : `${text} (code ${numbers})`;
}
