import { type Accept, openAccept } from '@pombo/db/accept.ts';
import { type Claim, type ClaimResult, type OpenAttempt, openClaim } from '@pombo/db/claim.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import type { NewLine } from '@pombo/db/lines.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { openSettle, type Settle, type Settled } from '@pombo/db/settle.ts';
import { startPostgres } from './postgres-server.ts';
import { testActor } from './test-actor.ts';
import { createTestLine } from './test-line.ts';

/** A database with one customer, and the hands that move messages one by one: no queue, no process, no Graph. */
export interface Hands {
  readonly database: Database;
  readonly prisma: Prisma;
  readonly customerId: string;
  readonly accept: Accept;
  claim(claim: Claim): Promise<ClaimResult>;
  /** Claims it, which must be granted. */
  go(messageId: string, release?: number): Promise<OpenAttempt>;
  settle(settle: Settle): Promise<Settled>;
  /** A line of the customer's; without a pace where none is given. */
  addLine(over?: Partial<NewLine>): Promise<string>;
  stop(): Promise<void>;
}

export async function openHands(): Promise<Hands> {
  const postgres = await startPostgres();
  const url = await postgres.migratedDatabase();
  const database = openDatabase({ url, poolSize: 8, name: 'test', onError: () => {} });
  const prisma = openPrisma(database);
  const customerId = await createCustomer(prisma, testActor, 'test');
  const claim = openClaim(database, 'test');
  return {
    database,
    prisma,
    customerId,
    accept: openAccept(database, () => {}),
    claim,
    async go(messageId, release = 1) {
      const result = await claim({ messageId, release });
      if (result.kind !== 'go') throw new Error(`no turn: ${JSON.stringify(result)}`);
      return result;
    },
    settle: openSettle(database),
    addLine: (over = {}) => createTestLine(prisma, { customerId, ...over }),
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}
