import { cancelMessage } from '@pombo/db/cancel.ts';
import type { OpenAttempt } from '@pombo/db/claim.ts';
import { settleByEvidence } from '@pombo/db/evidence.ts';
import { settleByHand } from '@pombo/db/settle-by-hand.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMessage } from '../support/new-message.ts';
import { noAnswer, type OneLine, openOneLine } from '../support/one-line.ts';
import { settleOf } from '../support/settle-of.ts';
import { testActor } from '../support/test-actor.ts';

let house: OneLine;

beforeAll(async () => {
  house = await openOneLine();
});
afterAll(() => house.stop());

const seen = (attempt: OpenAttempt, source: 'echo' | 'read_back' = 'echo') =>
  settleByEvidence(house.database, {
    messageId: attempt.messageId,
    attempt: attempt.attempt,
    metaMessageId: 'm_seen',
    source,
  });

async function row(messageId: string) {
  const [found] = await house.database.query(
    `SELECT cdls_status AS status, cdls_return_code AS code, cdls_return_id AS id, cdls_status_delivery AS said,
       cdls_attempts AS attempts, EXISTS (SELECT 1 FROM delivery d WHERE d.cdls_id = m.cdls_id) AS unfinished
     FROM cdls m WHERE cdls_id = $1::bigint`,
    [messageId],
  );
  return found;
}

const attemptsOf = (messageId: string) =>
  house.database.query(
    'SELECT outcome, closed_at IS NULL AS open, written_ms FROM attempt WHERE cdls_id = $1 ORDER BY number',
    [messageId],
  );

const settled = { status: 'OK', code: 200, id: 'm_seen', said: 'sent (settled by an echo)', unfinished: false };

describe('evidence', () => {
  it('settles an unknown message and closes its attempt, which keeps what was measured', async () => {
    const attempt = await house.unknown();
    expect(await seen(attempt)).toBe('settled');
    expect(await row(attempt.messageId)).toEqual({ ...settled, attempts: 1 });
    expect(await attemptsOf(attempt.messageId)).toEqual([{ outcome: 'sent', open: false, written_ms: 7 }]);
    expect(await seen(attempt, 'read_back')).toBe('already_known');
    expect((await house.guard.seen()).filter(({ by }) => by === 'evidence')).toMatchObject([
      { from: 'unknown', to: 'OK' },
    ]);
  });

  it('takes back a second send that has not begun, by policy or by hand', async () => {
    const byPolicy = await house.sentAgain();
    expect(await seen(byPolicy.first)).toBe('settled');
    expect(await house.claim({ messageId: byPolicy.first.messageId, release: byPolicy.release })).toEqual({
      kind: 'done',
    });
    const byHand = await house.unknown();
    await settleByHand(house.prisma, testActor, byHand.messageId, { kind: 'send_again' });
    expect(await seen(byHand, 'read_back')).toBe('settled');
    expect(await row(byHand.messageId)).toEqual({ ...settled, attempts: 1, said: 'sent (settled by a read-back)' });
  });

  it('may be faster than the answer, which then changes nothing', async () => {
    const attempt = await house.calling();
    expect(await seen(attempt)).toBe('settled');
    expect((await house.settle(settleOf(attempt, noAnswer))).applied).toBe(false);
    expect(await row(attempt.messageId)).toEqual({ ...settled, attempts: 1 });
    expect(await attemptsOf(attempt.messageId)).toEqual([{ outcome: 'sent', open: false, written_ms: 7 }]);
  });

  it('about the first call ends a message whose second is open, or in doubt, too', async () => {
    const open = await house.sentAgain();
    await house.go(open.first.messageId, open.release);
    expect(await seen(open.first)).toBe('settled');
    expect(await row(open.first.messageId)).toEqual({ ...settled, attempts: 2 });
    expect((await attemptsOf(open.first.messageId)).map((each) => each.outcome)).toEqual(['sent', 'unknown']);
    const doubted = await house.sentAgain();
    await house.settle(settleOf(await house.go(doubted.first.messageId, doubted.release), noAnswer));
    expect(await seen(doubted.first)).toBe('settled');
    expect(await row(doubted.first.messageId)).toEqual({ ...settled, attempts: 2 });
  });

  it('never changes an end: an answer it repeats is known, another is contradicted', async () => {
    const sent = await house.calling();
    await house.settle(settleOf(sent));
    expect(await seen(sent)).toBe('already_known');
    expect(await row(sent.messageId)).toMatchObject({ status: 'OK', id: 'm_1', said: 'sent' });
    const refused = await house.calling();
    await house.settle(settleOf(refused, { step: 'ERROR', outcome: 'refused', returnCode: 400, returnId: null }));
    expect(await seen(refused)).toBe('contradicts');
    expect(await row(refused.messageId)).toMatchObject({ status: 'ERROR', code: 400, id: null });
  });

  it('says so when there is no such message or no such attempt', async () => {
    const messageId = await house.accept.drawId();
    await house.accept.accept(
      newMessage(messageId, { customerId: house.customerId, lineId: house.lineId, dest: 'nobody', lane: 'now' }),
    );
    const about = { attempt: 1, metaMessageId: 'm_seen', source: 'echo' } as const;
    expect(await settleByEvidence(house.database, { ...about, messageId })).toBe('not_found');
    expect(await settleByEvidence(house.database, { ...about, messageId: await house.accept.drawId() })).toBe(
      'not_found',
    );
    expect(await cancelMessage(house.database, house.customerId, messageId)).toBe('canceled');
  });

  it('is what a late answer is: "sent" ends the message although a later call failed meanwhile', async () => {
    const { first, release } = await house.sentAgain();
    const second = await house.go(first.messageId, release);
    await house.settle(settleOf(second, { step: 'again', afterMs: 60_000, outcome: 'throttled' }));
    expect((await house.settle(settleOf(first))).applied).toBe(true);
    expect(await row(first.messageId)).toMatchObject({ status: 'OK', id: 'm_1', attempts: 2, unfinished: false });
    const both = await house.sentAgain();
    const later = await house.go(both.first.messageId, both.release);
    const answers = await Promise.all([
      house.settle(settleOf(later, { step: 'ERROR', outcome: 'refused', returnCode: 400 })),
      house.settle(settleOf(both.first)),
    ]);
    expect(answers.map(({ applied }) => applied)).toEqual([false, true]);
    expect(await row(both.first.messageId)).toMatchObject({ status: 'OK', unfinished: false });
    expect(
      await house.database.query('SELECT 1 FROM unsent_message WHERE cdls_id = $1', [both.first.messageId]),
    ).toEqual([]);
  });
});
