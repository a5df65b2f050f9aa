import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { Settle } from '@pombo/db/settle.ts';
import { nextStep } from '@pombo/domain/next-step.ts';
import type { Outcome, ReplyFacts } from '@pombo/domain/outcome.ts';
import { noUsage } from '@pombo/domain/usage.ts';
import { settlementOf } from '../../../apps/worker/src/settlement.ts';
import type { Fate } from './model.ts';

const reply: ReplyFacts = {
  httpStatus: 200,
  code: null,
  subcode: null,
  fbtraceId: null,
  text: 'as the test decided',
  usage: noUsage,
};
const refusal: ReplyFacts = { ...reply, httpStatus: 400 };
const nothing: ReplyFacts = { ...reply, httpStatus: 0 };

const outcomes = {
  sent: { kind: 'sent', metaMessageId: 'm_sent', reply },
  refused: { kind: 'refused', about: 'recipient', reply: refusal },
  no_permission: { kind: 'refused', about: 'permission', reply: refusal },
  throttled_page: { kind: 'throttled', scope: 'page', regainMs: null, reply: refusal },
  throttled_app: { kind: 'throttled', scope: 'app', regainMs: 5_000, reply: refusal },
  throttled_recipient: { kind: 'throttled', scope: 'recipient', regainMs: 500, reply: refusal },
  no_connection: { kind: 'unavailable', because: 'no_connection', reply: nothing },
  line_down: { kind: 'line_down', mend: { by: 'operator' }, because: 'the page is down', reply: refusal },
  line_down_for_a_while: {
    kind: 'line_down',
    mend: { by: 'time', afterMs: 60_000 },
    because: 'blocked for a minute',
    reply: refusal,
  },
  withheld: { kind: 'withheld', reply: nothing },
  unknown_but_delivered: { kind: 'unknown', because: 'no_answer', reply: nothing },
  unknown_and_not_delivered: { kind: 'unknown', because: 'broken_answer', reply: nothing },
} as const satisfies Record<Fate, Outcome>;

const phases = { connectedMs: 1, writtenMs: 2, answeredMs: 3, totalMs: 4 };

/** What the worker would hand to the database about this call. Some of those that arrive also tell of a full usage. */
export function settleFor(open: OpenAttempt, fate: Fate, dice: number): Settle {
  const outcome = outcomes[fate];
  const step = nextStep(outcome, { lane: open.lane, triesBefore: open.tries, random: () => (dice % 100) / 100 });
  const settle = settlementOf(open, phases, outcome, step);
  if (fate !== 'sent') return settle;
  const slow =
    dice % 4 === 0 ? { lineEffect: 'slow' as const, scope: 'page' as const, share: 0.3, because: 'usage at 90 %' } : {};
  return { ...settle, returnId: `m_${open.messageId}_${open.attempt}`, ...slow };
}
