import { openAccept } from '@pombo/db/accept.ts';
import { openClaim } from '@pombo/db/claim.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { releaseLines } from '@pombo/db/release.ts';
import { openSettle } from '@pombo/db/settle.ts';
import { refreshStatistics } from '@pombo/db/statistics.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillBacklog } from '../support/fill-backlog.ts';
import { newMessage } from '../support/new-message.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { settleOf } from '../support/settle-of.ts';
import { testActor } from '../support/test-actor.ts';
import { createTestLine } from '../support/test-line.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

it('plans made for an empty table are gone when it has grown', async () => {
  const url = await postgres.migratedDatabase();
  const database = openDatabase({ url, poolSize: 1, name: 'test', onError: () => {} });
  const prisma = openPrisma(database);
  const customerId = await createCustomer(prisma, testActor, 'test');
  const lineId = await createTestLine(prisma, { customerId });
  const accept = openAccept(database, () => {}, { maxWaiting: 1_000_000 });
  const claim = openClaim(database, 'test');
  const settle = openSettle(database);

  async function acceptMany(count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, async () => {
        const messageId = await accept.drawId();
        await accept.accept(newMessage(messageId, { customerId, lineId, dest: messageId }));
      }),
    );
  }

  async function sendReleased(): Promise<number> {
    const { notes } = await releaseLines(database, [lineId]);
    await Promise.all(
      notes.map(async (note) => {
        const result = await claim(note);
        if (result.kind !== 'go') throw new Error(result.kind);
        await settle(settleOf(result));
      }),
    );
    return notes.length;
  }

  // Every statement is planned on this one connection while the tables are as good as empty.
  for (let round = 0; round < 8; round += 1) {
    await acceptMany(5);
    expect(await sendReleased()).toBe(5);
  }
  for (let part = 0; part < 3; part += 1) await acceptMany(10_000);
  await refreshStatistics(database);
  const startedAt = performance.now();
  for (let sent = 0; sent < 6_000; ) sent += await sendReleased();
  // With the plans of an empty table this takes minutes.
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  await database.close();
});

it('a look at a large backlog of one line reads what it takes, and not all that waits', async () => {
  const url = await postgres.migratedDatabase();
  const database = openDatabase({ url, poolSize: 1, name: 'test', onError: () => {} });
  const customerId = await createCustomer(openPrisma(database), testActor, 'test');
  const lineId = await createTestLine(openPrisma(database), { customerId, pace: 40 });
  await fillBacklog(database, {
    customerId,
    lineIds: [lineId],
    countPerLine: 20_000,
    campaign: false,
    scatteredFrom: 1,
  });
  const read = async () => {
    await database.query('SELECT pg_stat_force_next_flush()');
    const [row] = await database.query<{ n: string }>(
      "SELECT idx_tup_fetch + seq_tup_read AS n FROM pg_stat_user_tables WHERE relname = 'delivery'",
    );
    return Number(row?.n);
  };
  const before = await read();
  const { notes } = await releaseLines(database, [lineId]);
  expect(notes).toHaveLength(80);
  expect((await read()) - before).toBeLessThan(1_000);
  await database.close();
});
