import { randomBytes } from 'node:crypto';
import { type Accept, type NewMessage, openAccept } from '@pombo/db/accept.ts';
import { cancelMessage } from '@pombo/db/cancel.ts';
import { type OpenAttempt, openClaim } from '@pombo/db/claim.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { settleByEvidence } from '@pombo/db/evidence.ts';
import { createLine } from '@pombo/db/lines.ts';
import { migrate } from '@pombo/db/migrate.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { openSettle } from '@pombo/db/settle.ts';
import { settleByHand } from '@pombo/db/settle-by-hand.ts';
import { takeResends } from '@pombo/db/sweep.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installMoveGuard, type MoveGuard } from '../support/move-guard.ts';
import { newMessage } from '../support/new-message.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { settleOf } from '../support/settle-of.ts';

let postgres: TestPostgres;
let database: Database;
let guard: MoveGuard;
let accept: Accept;
let claim: ReturnType<typeof openClaim>;
let settle: ReturnType<typeof openSettle>;
let customerId: string;
let lineId: string;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.createDatabase();
  await migrate(url);
  database = openDatabase({ url, poolSize: 4, name: 'test', onError: () => {} });
  guard = await installMoveGuard(database);
  accept = openAccept(database, () => {});
  claim = openClaim(database, 'test');
  settle = openSettle(database);
  const prisma = openPrisma(database);
  customerId = await createCustomer(prisma, 'test');
  const line = await createLine(prisma, openSeal([randomBytes(32)]), {
    customerId,
    lineId: null,
    class: 'messenger',
    name: '',
    pageId: '1',
    pageToken: 'token',
    pace: 0,
    appId: null,
    appSecret: null,
  });
  if (line.kind === 'created') lineId = line.lineId;
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

/** A synchronous message to somebody of its own, whose first call is open. */
async function calling(over: Partial<NewMessage> = {}): Promise<OpenAttempt> {
  const messageId = await accept.drawId();
  await accept.accept(newMessage(messageId, { customerId, lineId, dest: `p${messageId}`, lane: 'now', ...over }));
  return go(messageId, 1);
}

async function go(messageId: string, release: number): Promise<OpenAttempt> {
  const result = await claim({ messageId, release });
  if (result.kind !== 'go') throw new Error(`no turn: ${JSON.stringify(result)}`);
  return result;
}

const noAnswer = {
  step: 'unknown',
  outcome: 'unknown',
  returnCode: null,
  returnId: null,
  returnLog: 'no answer',
  statusDelivery: 'unknown: no answer',
  writtenMs: 7,
} as const;

async function unknown(over: Partial<NewMessage> = {}): Promise<OpenAttempt> {
  const attempt = await calling(over);
  await settle(settleOf(attempt, noAnswer));
  return attempt;
}

/** The grace period is over: its second call is decided. */
async function sentAgain(): Promise<{ first: OpenAttempt; release: number }> {
  const first = await unknown({ onUnknown: 'resend' });
  await database.query("UPDATE delivery SET unknown_at = unknown_at - interval '1 hour' WHERE cdls_id = $1::bigint", [
    first.messageId,
  ]);
  const note = (await takeResends(database, 100)).find(({ messageId }) => messageId === first.messageId);
  return { first, release: note?.release ?? 0 };
}

const seen = (attempt: OpenAttempt, source: 'echo' | 'read_back' = 'echo') =>
  settleByEvidence(database, {
    messageId: attempt.messageId,
    attempt: attempt.attempt,
    metaMessageId: 'm_seen',
    source,
  });

async function row(messageId: string) {
  const [found] = await database.query(
    `SELECT cdls_status AS status, cdls_return_code AS code, cdls_return_id AS id, cdls_status_delivery AS said,
       cdls_attempts AS attempts, EXISTS (SELECT 1 FROM delivery d WHERE d.cdls_id = m.cdls_id) AS unfinished
     FROM cdls m WHERE cdls_id = $1::bigint`,
    [messageId],
  );
  return found;
}

const attemptsOf = (messageId: string) =>
  database.query(
    'SELECT outcome, closed_at IS NULL AS open, written_ms FROM attempt WHERE cdls_id = $1 ORDER BY number',
    [messageId],
  );

const settled = { status: 'OK', code: 200, id: 'm_seen', said: 'sent (settled by an echo)', unfinished: false };

describe('evidence', () => {
  it('settles an unknown message and closes its attempt, which keeps what was measured', async () => {
    const attempt = await unknown();
    expect(await seen(attempt)).toBe('settled');
    expect(await row(attempt.messageId)).toEqual({ ...settled, attempts: 1 });
    expect(await attemptsOf(attempt.messageId)).toEqual([{ outcome: 'sent', open: false, written_ms: 7 }]);
    expect(await seen(attempt, 'read_back')).toBe('already_known');
    expect((await guard.seen()).filter(({ by }) => by === 'evidence')).toMatchObject([{ from: 'unknown', to: 'OK' }]);
  });

  it('takes back a second send that has not begun, by policy or by hand', async () => {
    const byPolicy = await sentAgain();
    expect(await seen(byPolicy.first)).toBe('settled');
    expect(await claim({ messageId: byPolicy.first.messageId, release: byPolicy.release })).toEqual({ kind: 'done' });
    const byHand = await unknown();
    await settleByHand(database, byHand.messageId, { kind: 'send_again' });
    expect(await seen(byHand, 'read_back')).toBe('settled');
    expect(await row(byHand.messageId)).toEqual({ ...settled, attempts: 1, said: 'sent (settled by a read-back)' });
  });

  it('may be faster than the answer, which then changes nothing', async () => {
    const attempt = await calling();
    expect(await seen(attempt)).toBe('settled');
    expect((await settle(settleOf(attempt, noAnswer))).applied).toBe(false);
    expect(await row(attempt.messageId)).toEqual({ ...settled, attempts: 1 });
    expect(await attemptsOf(attempt.messageId)).toEqual([{ outcome: 'sent', open: false, written_ms: 7 }]);
  });

  it('about the first call ends a message whose second is open, or in doubt, too', async () => {
    const open = await sentAgain();
    await go(open.first.messageId, open.release);
    expect(await seen(open.first)).toBe('settled');
    expect(await row(open.first.messageId)).toEqual({ ...settled, attempts: 2 });
    expect((await attemptsOf(open.first.messageId)).map((each) => each.outcome)).toEqual(['sent', 'unknown']);
    const doubted = await sentAgain();
    await settle(settleOf(await go(doubted.first.messageId, doubted.release), noAnswer));
    expect(await seen(doubted.first)).toBe('settled');
    expect(await row(doubted.first.messageId)).toEqual({ ...settled, attempts: 2 });
  });

  it('never changes an end: an answer it repeats is known, another is contradicted', async () => {
    const sent = await calling();
    await settle(settleOf(sent));
    expect(await seen(sent)).toBe('already_known');
    expect(await row(sent.messageId)).toMatchObject({ status: 'OK', id: 'm_1', said: 'sent' });
    const refused = await calling();
    await settle(settleOf(refused, { step: 'ERROR', outcome: 'refused', returnCode: 400, returnId: null }));
    expect(await seen(refused)).toBe('contradicts');
    expect(await row(refused.messageId)).toMatchObject({ status: 'ERROR', code: 400, id: null });
  });

  it('says so when there is no such message or no such attempt', async () => {
    const messageId = await accept.drawId();
    await accept.accept(newMessage(messageId, { customerId, lineId, dest: 'nobody', lane: 'now' }));
    const about = { attempt: 1, metaMessageId: 'm_seen', source: 'echo' } as const;
    expect(await settleByEvidence(database, { ...about, messageId })).toBe('not_found');
    expect(await settleByEvidence(database, { ...about, messageId: await accept.drawId() })).toBe('not_found');
    expect(await cancelMessage(database, customerId, messageId)).toBe('canceled');
  });

  it('is what a late answer is: "sent" ends the message although a later call failed meanwhile', async () => {
    const { first, release } = await sentAgain();
    const second = await go(first.messageId, release);
    await settle(settleOf(second, { step: 'again', afterMs: 60_000, outcome: 'throttled' }));
    expect((await settle(settleOf(first))).applied).toBe(true);
    expect(await row(first.messageId)).toMatchObject({ status: 'OK', id: 'm_1', attempts: 2, unfinished: false });
    const both = await sentAgain();
    const later = await go(both.first.messageId, both.release);
    const answers = await Promise.all([
      settle(settleOf(later, { step: 'ERROR', outcome: 'refused', returnCode: 400 })),
      settle(settleOf(both.first)),
    ]);
    expect(answers.map(({ applied }) => applied)).toEqual([false, true]);
    expect(await row(both.first.messageId)).toMatchObject({ status: 'OK', unfinished: false });
    expect(await database.query('SELECT 1 FROM unsent_message WHERE cdls_id = $1', [both.first.messageId])).toEqual([]);
  });
});
