import type { Lane } from './lane.ts';
import type { Outcome, OutcomeKind } from './outcome.ts';
import { retryDelayMs, throttlePauseMs } from './retry-plan.ts';

/** What we do about an outcome. */
export type NextStep =
  | { kind: 'settle'; as: 'OK' | 'ERROR'; line: LineEffect }
  /** The row says `WR`; evidence or an operator settles it later. */
  | { kind: 'unknown'; line: LineEffect }
  /** Again later. `costsTry` is false when it was only a matter of waiting. */
  | { kind: 'again'; afterMs: number; costsTry: boolean; line: LineEffect }
  /** Back to the backlog until the line is mended. */
  | { kind: 'backlog'; line: LineEffect };

/** What an outcome means for the line as a whole. */
export type LineEffect =
  | { kind: 'none' }
  | { kind: 'pause'; scope: 'page' | 'app'; forMs: number }
  | { kind: 'park'; forMs: number | null }
  | { kind: 'suspect' };

/** What is known of the message when its attempt ends. */
export interface AttemptContext {
  lane: Lane;
  /** Failed tries before this one that counted against the retry plan. */
  triesBefore: number;
  random: () => number;
}

const nothing: LineEffect = { kind: 'none' };

type Rules = {
  [K in OutcomeKind]: (outcome: Extract<Outcome, { kind: K }>, context: AttemptContext) => NextStep;
};

const rules: Rules = {
  sent: () => ({ kind: 'settle', as: 'OK', line: nothing }),
  throttled: (outcome) => {
    const afterMs = outcome.regainMs ?? throttlePauseMs[outcome.scope];
    const line: LineEffect =
      outcome.scope === 'recipient' ? nothing : { kind: 'pause', scope: outcome.scope, forMs: afterMs };
    return { kind: 'again', afterMs, costsTry: false, line };
  },
  unavailable: (_outcome, context) => {
    const afterMs = retryDelayMs(context.triesBefore + 1, context.random);
    return afterMs === null
      ? { kind: 'settle', as: 'ERROR', line: nothing }
      : { kind: 'again', afterMs, costsTry: true, line: nothing };
  },
  refused: (outcome) => ({
    kind: 'settle',
    as: 'ERROR',
    line: outcome.about === 'permission' ? { kind: 'suspect' } : nothing,
  }),
  line_down: (outcome, context) => {
    const line: LineEffect = { kind: 'park', forMs: outcome.mend.by === 'time' ? outcome.mend.afterMs : null };
    // A synchronous caller is owed the documented answer now; everybody else's message waits for the line.
    return context.lane === 'now' ? { kind: 'settle', as: 'ERROR', line } : { kind: 'backlog', line };
  },
  unknown: () => ({ kind: 'unknown', line: nothing }),
  withheld: () => ({ kind: 'again', afterMs: 0, costsTry: false, line: nothing }),
};

/** The one place that decides what follows an outcome. Pure: the same outcome in the same context gives the same step. */
export function nextStep<K extends OutcomeKind>(
  outcome: Extract<Outcome, { kind: K }>,
  context: AttemptContext,
): NextStep {
  return rules[outcome.kind as K](outcome, context);
}
