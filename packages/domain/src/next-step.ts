import type { Lane } from './lane.ts';
import type { LineEffect } from './line-effect.ts';
import type { Outcome, OutcomeKind, ReplyFacts } from './outcome.ts';
import { effectOfThrottle, effectOfUsage } from './pace.ts';
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

/** What is known of the message when its attempt ends. */
export interface AttemptContext {
  lane: Lane;
  /** Failed tries before this one that counted against the retry plan. */
  triesBefore: number;
  /** It was to send uploaded media by its id. After `asset_gone` no attempt of a message does so again. */
  byAsset: boolean;
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
    const { scope, reply } = outcome;
    const line = scope === 'recipient' ? nothing : effectOfThrottle(scope, afterMs, reply);
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
    line: outcome.about === 'permission' ? suspicion(outcome.reply) : nothing,
  }),
  // Without the id: its URL is always right. So this happens to a message once.
  asset_gone: (_outcome, { byAsset }) =>
    byAsset
      ? { kind: 'again', afterMs: 0, costsTry: false, line: nothing }
      : { kind: 'settle', as: 'ERROR', line: nothing },
  line_down: (outcome, context) => {
    const line: LineEffect = { kind: 'park', mend: outcome.mend, because: outcome.because };
    // A synchronous caller is owed the documented answer now; everybody else's message waits for the line.
    return context.lane === 'now' ? { kind: 'settle', as: 'ERROR', line } : { kind: 'backlog', line };
  },
  unknown: () => ({ kind: 'unknown', line: nothing }),
  withheld: () => ({ kind: 'again', afterMs: 0, costsTry: false, line: nothing }),
};

/**
 * The one place that decides what follows an outcome. Pure: the same outcome in the same context gives the same step.
 * Where the outcome itself says something about the line, that counts; else what the answer said about its quotas does,
 * beside a message that was sent as well. So of several effects the gravest wins: park, suspect, pause, slow.
 */
export function nextStep<K extends OutcomeKind>(
  outcome: Extract<Outcome, { kind: K }>,
  context: AttemptContext,
): NextStep {
  const step = rules[outcome.kind as K](outcome, context);
  return step.line.kind === 'none' ? { ...step, line: effectOfUsage(outcome.reply.usage) } : step;
}

/** A token that works shows nothing here: what is missing is a permission, and a person has to give it. */
function suspicion({ code }: ReplyFacts): LineEffect {
  const because =
    `Meta refuses one recipient of this line after the other for want of a permission (code ${code}). ` +
    'Check what the app and the page may do, then resume the line.';
  return { kind: 'suspect', mend: { by: 'operator' }, because };
}
