import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { LineEffect } from '@pombo/domain/line-effect.ts';
import type { NextStep } from '@pombo/domain/next-step.ts';
import type { Outcome, ReplyFacts } from '@pombo/domain/outcome.ts';
import { noUsage } from '@pombo/domain/usage.ts';
import { describe, expect, it } from 'vitest';
import { settlementOf } from './settlement.ts';

const attempt: OpenAttempt = {
  messageId: '7',
  attempt: 2,
  tries: 1,
  lineId: '1234',
  campaignId: null,
  lane: 'bulk',
  dest: '55',
  type: 'text',
  data: 'hello',
  sealedToken: 'sealed',
  sealedAppSecret: null,
  origin: null,
  traceparent: null,
  waitedMs: 1,
  intervalMs: 25,
};
const phases = { connectedMs: 0.4, writtenMs: 0.6, answeredMs: 80.2, totalMs: 80.6 };
const facts: ReplyFacts = { httpStatus: 200, code: null, subcode: null, fbtraceId: 'A', text: 'said', usage: noUsage };
const none = { kind: 'none' } as const;

describe('settlementOf', () => {
  it('keeps what Graph cannot be trusted with out of the row: NUL and half characters', () => {
    const outcome: Outcome = {
      kind: 'sent',
      metaMessageId: 'm_\u0000\ud800',
      reply: { ...facts, text: 'a\u0000b\udfff' },
    };
    const settle = settlementOf(attempt, phases, outcome, { kind: 'settle', as: 'OK', line: none });
    expect(settle).toMatchObject({
      step: 'OK',
      returnCode: 200,
      returnId: 'm_\ufffd',
      returnLog: 'ab\ufffd',
      totalMs: 81,
    });
  });

  it('says 0 for a message that was given up unsent', () => {
    const outcome: Outcome = { kind: 'unavailable', because: 'meta_said_later', reply: { ...facts, httpStatus: 500 } };
    const settle = settlementOf(attempt, phases, outcome, { kind: 'settle', as: 'ERROR', line: none });
    expect(settle).toMatchObject({
      step: 'ERROR',
      returnCode: 0,
      statusDelivery: 'given up: Graph could not be reached',
    });
    const notFetched: Outcome = { ...outcome, because: 'media_not_fetched' };
    expect(settlementOf(attempt, phases, notFetched, { kind: 'settle', as: 'ERROR', line: none })).toMatchObject({
      returnCode: 0,
      statusDelivery: 'given up: Meta could not fetch its media',
    });
  });

  it('lets a long wait pass in the backlog when nobody waits for the answer, and as a sleeping job when somebody does', () => {
    const outcome: Outcome = { kind: 'throttled', scope: 'page', regainMs: null, reply: facts };
    const again: NextStep = { kind: 'again', afterMs: 30_000, costsTry: false, line: none };
    expect(settlementOf(attempt, phases, outcome, again)).toMatchObject({ step: 'backlog', afterMs: 30_000 });
    expect(settlementOf({ ...attempt, lane: 'now' }, phases, outcome, again)).toMatchObject({ step: 'again' });
    expect(settlementOf(attempt, phases, outcome, { ...again, afterMs: 500 })).toMatchObject({ step: 'again' });
  });

  const nothing = { scope: null, lineMs: null, share: null, because: null, mend: null };
  const effects: [LineEffect, object][] = [
    [none, { lineEffect: 'none', ...nothing }],
    [
      { kind: 'slow', scope: 'app', share: 0.4, because: 'full' },
      { lineEffect: 'slow', ...nothing, scope: 'app', share: 0.4, because: 'full' },
    ],
    [
      { kind: 'pause', scope: 'page', forMs: 30_000, share: 0.5, because: 'fast' },
      { lineEffect: 'pause', scope: 'page', lineMs: 30_000, share: 0.5, because: 'fast', mend: null },
    ],
    [
      { kind: 'suspect', mend: { by: 'operator' }, because: 'permission' },
      { lineEffect: 'suspect', ...nothing, because: 'permission', mend: 'operator' },
    ],
    [
      { kind: 'park', mend: { by: 'token' }, because: 'dead' },
      { lineEffect: 'park', ...nothing, because: 'dead', mend: 'token' },
    ],
    [
      { kind: 'park', mend: { by: 'time', afterMs: 3_600_000 }, because: 'blocked' },
      { lineEffect: 'park', ...nothing, lineMs: 3_600_000, because: 'blocked', mend: 'time' },
    ],
  ];

  it.each(effects)('tells the gate: %j', (line, row) => {
    const outcome: Outcome = { kind: 'sent', metaMessageId: 'm_1', reply: facts };
    expect(settlementOf(attempt, phases, outcome, { kind: 'settle', as: 'OK', line })).toMatchObject({
      ...row,
      health: 'up',
    });
  });

  it('tells the gate of a call that Graph did not answer', () => {
    const outcome: Outcome = { kind: 'unknown', because: 'no_answer', reply: { ...facts, httpStatus: 0 } };
    expect(settlementOf(attempt, phases, outcome, { kind: 'unknown', line: none })).toMatchObject({ health: 'down' });
  });
});
