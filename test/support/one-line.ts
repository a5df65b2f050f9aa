import { randomBytes } from 'node:crypto';
import { type Accept, type NewMessage, openAccept } from '@pombo/db/accept.ts';
import { type Claim, type ClaimResult, type OpenAttempt, openClaim } from '@pombo/db/claim.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { createLine } from '@pombo/db/lines.ts';
import { migrate } from '@pombo/db/migrate.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { openSettle, type Settle, type Settled } from '@pombo/db/settle.ts';
import { takeResends } from '@pombo/db/sweep.ts';
import { installMoveGuard, type MoveGuard } from './move-guard.ts';
import { newMessage } from './new-message.ts';
import { startPostgres } from './postgres-server.ts';
import { settleOf } from './settle-of.ts';

/** A guarded database with one line without a pace, and the hands that move its messages one by one. */
export interface OneLine {
  readonly database: Database;
  readonly prisma: Prisma;
  readonly guard: MoveGuard;
  readonly customerId: string;
  readonly lineId: string;
  readonly accept: Accept;
  claim(claim: Claim): Promise<ClaimResult>;
  settle(settle: Settle): Promise<Settled>;
  /** A message of lane `now`, to somebody of its own. */
  send(over?: Partial<NewMessage>): Promise<string>;
  /** Claims it, which must be granted. */
  go(messageId: string, release: number): Promise<OpenAttempt>;
  /** A message whose first call is open. */
  calling(over?: Partial<NewMessage>): Promise<OpenAttempt>;
  /** A message whose first call had no answer. */
  unknown(over?: Partial<NewMessage>): Promise<OpenAttempt>;
  /** The same, after the grace period: `on_unknown=resend` has decided that it goes again, under this release. */
  sentAgain(over?: Partial<NewMessage>): Promise<{ first: OpenAttempt; release: number }>;
  stop(): Promise<void>;
}

export const noAnswer = {
  step: 'unknown',
  outcome: 'unknown',
  returnCode: null,
  returnId: null,
  returnLog: 'no answer',
  statusDelivery: 'unknown: no answer',
  writtenMs: 7,
} as const satisfies Partial<Settle>;

export async function openOneLine(): Promise<OneLine> {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  await migrate(url);
  const database = openDatabase({ url, poolSize: 4, name: 'test', onError: () => {} });
  const guard = await installMoveGuard(database);
  const prisma = openPrisma(database);
  const accept = openAccept(database, () => {});
  const claim = openClaim(database, 'test');
  const settle = openSettle(database);
  const customerId = await createCustomer(prisma, 'test');
  const lineId = await addLine(prisma, customerId);

  async function send(over: Partial<NewMessage> = {}): Promise<string> {
    const messageId = await accept.drawId();
    const message = newMessage(messageId, { customerId, lineId, dest: `p${messageId}`, lane: 'now', ...over });
    const result = await accept.accept(message);
    if (result.kind !== 'accepted') throw new Error(`not accepted: ${result.kind}`);
    return messageId;
  }

  async function go(messageId: string, release: number): Promise<OpenAttempt> {
    const result = await claim({ messageId, release });
    if (result.kind !== 'go') throw new Error(`no turn: ${JSON.stringify(result)}`);
    return result;
  }

  const calling = async (over: Partial<NewMessage> = {}) => go(await send(over), 1);

  async function unknown(over: Partial<NewMessage> = {}): Promise<OpenAttempt> {
    const attempt = await calling(over);
    await settle(settleOf(attempt, noAnswer));
    return attempt;
  }

  async function sentAgain(over: Partial<NewMessage> = {}): Promise<{ first: OpenAttempt; release: number }> {
    const first = await unknown({ onUnknown: 'resend', ...over });
    await database.query("UPDATE delivery SET unknown_at = unknown_at - interval '1 hour' WHERE cdls_id = $1::bigint", [
      first.messageId,
    ]);
    const note = (await takeResends(database, 100)).find(({ messageId }) => messageId === first.messageId);
    return { first, release: note?.release ?? 0 };
  }

  return {
    database,
    prisma,
    guard,
    customerId,
    lineId,
    accept,
    claim,
    settle,
    send,
    go,
    calling,
    unknown,
    sentAgain,
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}

async function addLine(prisma: Prisma, customerId: string): Promise<string> {
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
  if (line.kind !== 'created') throw new Error(line.kind);
  return line.lineId;
}
