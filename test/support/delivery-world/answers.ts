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
const nearlyFull: ReplyFacts = { ...reply, usage: { ...noUsage, page: { peakPercent: 90, regainMs: null } } };
const refusal: ReplyFacts = { ...reply, httpStatus: 400 };
const nothing: ReplyFacts = { ...reply, httpStatus: 0 };

const outcomes = {
  sent: { kind: 'sent', metaMessageId: 'm_sent', reply },
  refused: { kind: 'refused', about: 'recipient', reply: refusal },
  no_permission: { kind: 'refused', about: 'permission', reply: refusal },
  throttled_page: { kind: 'throttled', scope: 'page', regainMs: null, reply: refusal },
  throttled_app: { kind: 'throttled', scope: 'app', regainMs: 5_000, reply: refusal },
  throttled_recipient: { kind: 'throttled', scope: 'recipient', regainMs: 500, reply: refusal },
  asset_gone: { kind: 'asset_gone', reply: refusal },
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
  const outcome = fate === 'sent' && dice % 4 === 0 ? { ...outcomes.sent, reply: nearlyFull } : outcomes[fate];
  const random = () => (dice % 100) / 100;
  const step = nextStep(outcome, { lane: open.lane, triesBefore: open.tries, byAsset: dice % 2 === 0, random });
  const settle = settlementOf(open, phases, outcome, step);
  return fate === 'sent' ? { ...settle, returnId: `m_${open.messageId}_${open.attempt}` } : settle;
}
