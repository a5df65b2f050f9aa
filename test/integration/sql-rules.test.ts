import { randomBytes } from 'node:crypto';
import { type Accept, type NewMessage, openAccept } from '@pombo/db/accept.ts';
import { type OpenAttempt, openClaim } from '@pombo/db/claim.ts';
import type { Database } from '@pombo/db/database.ts';
import { releaseLines } from '@pombo/db/release.ts';
import { expireLeases, takeOverdue, takeResends } from '@pombo/db/sweep.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hands, openHands } from '../support/hands.ts';
import { losingFirstAnswer } from '../support/lost-answer.ts';
import { newMessage } from '../support/new-message.ts';
import { settleOf } from '../support/settle-of.ts';

let hands: Hands;
let database: Database;
let accept: Accept;
let claim: Hands['claim'];
let settle: Hands['settle'];
let go: Hands['go'];
let customerId: string;

beforeAll(async () => {
  hands = await openHands();
  ({ database, accept, claim, settle, go, customerId } = hands);
});
afterAll(() => hands.stop());

function addLine(pace = 0): Promise<string> {
  return hands.addLine({ pace });
}

async function send(lineId: string, over: Partial<NewMessage> = {}) {
  const messageId = over.messageId ?? (await accept.drawId());
  const message = newMessage(messageId, { customerId, lineId, dest: '5', lane: 'now', origin: 'me', ...over });
  const result = await accept.accept(message);
  return { messageId, result };
}

const unknown = { step: 'unknown', outcome: 'unknown', returnCode: null, returnId: null } as const;

async function statusOf(messageId: string): Promise<unknown> {
  const [row] = await database.query<{ status: string }>('SELECT cdls_status AS status FROM cdls WHERE cdls_id = $1', [
    messageId,
  ]);
  return row?.status;
}
const endLease = (messageId: string) =>
  database.query("UPDATE delivery SET lease_until = now() - interval '1 second' WHERE cdls_id = $1", [messageId]);

describe('accept', () => {
  it('asked again about a message that is there says accepted, whatever became of its window and its key', async () => {
    const line = await addLine();
    const window = { digest: randomBytes(32), seconds: 1 };
    const key = { key: randomBytes(6).toString('hex'), fingerprint: randomBytes(32) };
    const messageId = await accept.drawId();
    const message = newMessage(messageId, {
      customerId,
      lineId: line,
      lane: 'now',
      idempotency: key,
      duplicateWindow: window,
    });
    // Committed, and the answer lost; before it is asked about, the message is sent and another one opens its window.
    const forgetful = openAccept(losingFirstAnswer(database, afterwards), () => {});
    async function afterwards() {
      await settle(settleOf(await go(messageId)));
      await database.query("UPDATE duplicate_window SET accepted_at = accepted_at - interval '1 minute'");
      await send(line, { duplicateWindow: window });
    }
    expect(await forgetful.accept(message)).toEqual({ kind: 'accepted' });
    expect(await statusOf(messageId)).toBe('OK');
    expect((await send(line, { idempotency: key })).result).toEqual({ kind: 'replay', messageId });
  });

  it('never sends two requests under one key after each other’s refusal', async () => {
    const line = await addLine();
    const window = { digest: randomBytes(32), seconds: 60 };
    await send(line, { duplicateWindow: window });
    const key = { key: randomBytes(6).toString('hex'), fingerprint: randomBytes(32) };
    const both = await Promise.all([1, 2].map(() => send(line, { duplicateWindow: window, idempotency: key })));
    expect(both.map(({ result }) => result.kind)).toEqual(['duplicate', 'duplicate']);
  });

  it('opens the window again when the message ended without being sent', async () => {
    const line = await addLine();
    const window = { digest: randomBytes(32), seconds: 60 };
    const first = await send(line, { duplicateWindow: window });
    expect((await send(line, { duplicateWindow: window })).result.kind).toBe('duplicate');
    await settle(settleOf(await go(first.messageId), { step: 'ERROR', outcome: 'refused' }));
    expect((await send(line, { duplicateWindow: window })).result.kind).toBe('accepted');
  });
});

describe('claim and settle', () => {
  it('grants one of many claims for one message, also from several processes at once', async () => {
    const line = await addLine();
    const { messageId } = await send(line);
    const others = Array.from({ length: 6 }, (_, n) => openClaim(database, `w${n}`));
    const results = await Promise.all(others.map((ask) => ask({ messageId, release: 1 })));
    expect(results.filter((result) => result.kind === 'go')).toHaveLength(1);
  });

  it('a settle moves nothing but its own attempt', async () => {
    const line = await addLine();
    const { messageId } = await send(line);
    const first = await go(messageId);
    expect((await settle(settleOf(first, { step: 'again', afterMs: 0, outcome: 'withheld' }))).applied).toBe(true);
    const second = await go(messageId);
    expect(second.attempt).toBe(2);
    expect((await settle(settleOf(first, { step: 'ERROR' }))).applied).toBe(false);
    expect((await settle(settleOf(second))).applied).toBe(true);
    expect(await statusOf(messageId)).toBe('OK');
  });

  it('an answer that comes after the lease still counts, and so does proof that nothing was sent', async () => {
    const line = await addLine();
    const [sent, unsent] = [await send(line, { dest: 'a' }), await send(line, { dest: 'b' })];
    const [first, second] = [await go(sent.messageId), await go(unsent.messageId)];
    await Promise.all([endLease(sent.messageId), endLease(unsent.messageId)]);
    expect((await expireLeases(database, 10)).map((row) => row.messageId).sort()).toEqual(
      [sent.messageId, unsent.messageId].sort(),
    );
    expect(await statusOf(sent.messageId)).toBe('WR');
    expect((await settle(settleOf(first))).applied).toBe(true);
    expect(await statusOf(sent.messageId)).toBe('OK');
    const back = await settle(settleOf(second, { step: 'again', afterMs: 0, outcome: 'withheld' }));
    expect(back.applied).toBe(true);
    expect(await statusOf(unsent.messageId)).toBe('PENDING');
    expect((await go(unsent.messageId)).attempt).toBe(2);
  });

  it('one row that cannot be claimed harms none of its neighbours', async () => {
    const [bad, good] = [await addLine(5), await addLine()];
    const messages = [await send(bad, { dest: 'x' }), await send(good, { dest: 'y' })];
    await database.query('ALTER TABLE cd_v8_line DROP CONSTRAINT cd_v8_line_pace_check');
    await database.query('UPDATE cd_v8_line SET v8l_pace = 1e-300 WHERE v8l_id = $1::bigint', [bad]);
    const results = await Promise.allSettled(messages.map(({ messageId }) => claim({ messageId, release: 1 })));
    expect(results[0]?.status).toBe('rejected');
    expect(results[1]).toMatchObject({ status: 'fulfilled', value: { kind: 'go' } });
    await database.query('UPDATE cd_v8_line SET v8l_pace = 5 WHERE v8l_id = $1::bigint', [bad]);
  });

  it('lets two synchronous sends borrow and makes the third wait its interval', async () => {
    const line = await addLine(1);
    const sent = await Promise.all(Array.from({ length: 6 }, (_, n) => send(line, { dest: `p${n}` })));
    const results = await Promise.all(sent.map(({ messageId }) => claim({ messageId, release: 1 })));
    const soon = results.filter((result) => result.kind === 'go' && result.turnInMs < 500);
    expect(soon).toHaveLength(3);
  });

  it('parks a line by the token that was refused, not by one that has been replaced', async () => {
    const line = await addLine();
    const { messageId } = await send(line);
    const attempt = await go(messageId);
    await database.query("UPDATE cd_v8_line SET v8l_wa_api_key = 'new' WHERE v8l_id = $1::bigint", [line]);
    await settle(settleOf(attempt, { step: 'ERROR', outcome: 'line_down', lineEffect: 'park', httpStatus: 400 }));
    const [row] = await database.query('SELECT v8l_parked_at FROM cd_v8_line WHERE v8l_id = $1::bigint', [line]);
    expect(row).toEqual({ v8l_parked_at: null });
  });

  it('does not tell every process to forget what it knows for each message of a busy line', async () => {
    const line = await addLine();
    const counter = async () => (await database.query('SELECT counter FROM changes'))[0]?.counter;
    const sent = [await send(line, { dest: 'q1' }), await send(line, { dest: 'q2' })];
    const attempts = await Promise.all(sent.map(({ messageId }) => go(messageId)));
    const before = await counter();
    const [first, second] = attempts as [OpenAttempt, OpenAttempt];
    await Promise.all([
      settle(settleOf(first)),
      settle(
        settleOf(second, { step: 'backlog', outcome: 'throttled', lineEffect: 'pause', scope: 'page', lineMs: 10 }),
      ),
    ]);
    expect(await counter()).toBe(before);
  });
});

describe('sweep and release', () => {
  it('sends an unknown message again at most once, however long its validity', async () => {
    const line = await addLine();
    const { messageId } = await send(line, { onUnknown: 'resend' });
    for (let round = 1; round <= 3; round += 1) {
      const [again] = round === 1 ? [{ release: 1 }] : await takeResends(database, 10);
      if (!again) break;
      await settle(settleOf(await go(messageId, again.release), unknown));
      await database.query("UPDATE delivery SET unknown_at = unknown_at - interval '1 hour' WHERE cdls_id = $1", [
        messageId,
      ]);
    }
    const [row] = await database.query('SELECT count(*)::int AS attempts FROM attempt WHERE cdls_id = $1', [messageId]);
    expect(row).toEqual({ attempts: 2 });
    expect(await statusOf(messageId)).toBe('WR');
  });

  it('takes back a resend that has not begun when the first answer comes after all', async () => {
    const line = await addLine();
    const { messageId } = await send(line, { onUnknown: 'resend' });
    const attempt = await go(messageId);
    await endLease(messageId);
    await expireLeases(database, 10);
    await database.query("UPDATE delivery SET unknown_at = unknown_at - interval '1 hour' WHERE cdls_id = $1", [
      messageId,
    ]);
    const [note] = await takeResends(database, 10);
    expect((await settle(settleOf(attempt))).applied).toBe(true);
    expect(await claim({ messageId, release: note?.release ?? 0 })).toEqual({ kind: 'done' });
    expect(await statusOf(messageId)).toBe('OK');
  });

  it('finds an overdue synchronous message behind any number of asynchronous ones', async () => {
    const line = await addLine();
    const { messageId } = await send(line, { dest: 'waits' });
    await Promise.all(Array.from({ length: 50 }, (_, n) => send(line, { lane: 'bulk', dest: `o${n}` })));
    await releaseLines(database, [line]);
    await database.query("UPDATE delivery SET due_at = now() - interval '1 minute' WHERE v8l_id = $1::bigint", [line]);
    const overdue = await takeOverdue(database, 'now', 'idle', 100);
    expect(overdue.map((note) => note.messageId)).toContain(messageId);
    expect(overdue.filter((note) => note.lane !== 'now')).toEqual([]);
  });

  it('releases one message of a recipient at a time, and does not stop at one who has thousands', async () => {
    const line = await addLine();
    const first = await send(line, { lane: 'bulk', dest: 'many' });
    await Promise.all(Array.from({ length: 2000 }, () => send(line, { lane: 'bulk', dest: 'many' })));
    const other = await send(line, { lane: 'bulk', dest: 'one' });
    const { notes } = await releaseLines(database, [line]);
    expect(notes.map((note) => note.messageId)).toEqual([first.messageId, other.messageId]);
  });
});
