import { setTimeout as pause } from 'node:timers/promises';
import { type AcceptResult, openAccept } from '@pombo/db/accept.ts';
import { readResults } from '@pombo/db/campaign-results.ts';
import { openClaim } from '@pombo/db/claim.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { findMessage, listMessages, type MessageFilter } from '@pombo/db/message-log.ts';
import { makePartitionsAhead } from '@pombo/db/partitions.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { releaseLines } from '@pombo/db/release.ts';
import { dropOldPartitions, listPartitions, type RetentionParts, readPartitionLines } from '@pombo/db/retention.ts';
import { openSettle } from '@pombo/db/settle.ts';
import { refreshStatistics } from '@pombo/db/statistics.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fillOldLog } from '../support/fill-log.ts';
import { newMessage } from '../support/new-message.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { settleOf } from '../support/settle-of.ts';
import { openSmallPartitions } from '../support/small-partitions.ts';
import { testActor } from '../support/test-actor.ts';
import { createTestLine } from '../support/test-line.ts';

const size = 100;

let postgres: TestPostgres;
let database: Database;
let customerId: string;
let lineId: string;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

beforeEach(async () => {
  const url = await postgres.migratedDatabase();
  database = openDatabase({ url, poolSize: 8, name: 'test', onError: () => {} });
  await openSmallPartitions(database, size);
  const prisma = openPrisma(database);
  customerId = await createCustomer(prisma, testActor, 'test');
  lineId = await createTestLine(prisma, { customerId });
});
afterEach(() => database.close());

const count = async (sql: string): Promise<number> =>
  Number((await database.query<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`))[0]?.n);

async function firsts(table = 'cdls'): Promise<number[]> {
  const rows = await database.query<{ first: number }>('SELECT first_id::float8 AS first FROM partitions_of($1)', [
    table,
  ]);
  return rows.map(({ first }) => first);
}

function retain(over: Partial<RetentionParts> = {}) {
  return dropOldPartitions({ database, days: 30, archive: null, onDropped: () => {}, random: () => 0, ...over });
}

const fill = (from: number, to: number, ageDays: number) =>
  fillOldLog(database, { sender: { customerId, lineId }, from, to, ageDays });

/** Leaves a message of the log as one whose outcome nobody knows. */
async function makeUnknown(messageId: number): Promise<void> {
  await database.query(
    `INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, due_at, expires_at, unknown_at, on_unknown)
      SELECT cdls_id, cdcs_id, v8l_id, cdls_lane, 'unknown', cdls_dest, cdls_mtype, now(), now(), now(), 'hold' FROM cdls WHERE cdls_id = $1`,
    [messageId],
  );
}

function accepting(now?: () => number) {
  const faults: Error[] = [];
  const door = openAccept(database, (error) => faults.push(error), {}, now);
  return {
    faults,
    async acceptNext(): Promise<{ messageId: string; result: AcceptResult }> {
      const messageId = await door.drawId();
      const result = await door.accept(newMessage(messageId, { customerId, lineId, dest: messageId }));
      return { messageId, result };
    },
  };
}

describe('partitions', () => {
  it('are made ahead of the next number, once, whoever asks', async () => {
    expect(await firsts()).toEqual([0, 100]);
    await database.query("SELECT setval('cdls_cdls_id_seq', 250)");
    await Promise.all(Array.from({ length: 6 }, () => makePartitionsAhead(database)));
    expect(await firsts()).toEqual([0, 100, 200, 300]);
    expect(await firsts('attempt')).toEqual([0, 100, 200, 300]);
  });

  it('are made while somebody writes and reads, and who writes does not wait', async () => {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT * FROM cdls FOR UPDATE');
      await client.query(`INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_lane, cdls_expires_at)
        VALUES (1, 1, 1, '1', 'text', 'x', 'bulk', now())`);
      await database.query('SELECT make_partition(500)');
      expect(await firsts()).toContain(500);
    } finally {
      client.release(true);
    }
  });

  it('are made by the accept that needs one, wherever the numbers have jumped to', async () => {
    for (const jump of [1_000, 50_000, 2 ** 40]) {
      await database.query("SELECT setval('cdls_cdls_id_seq', $1)", [jump]);
      const [here, there] = [accepting(), accepting()];
      const all = await Promise.all(Array.from({ length: 400 }, (_, n) => (n % 2 ? here : there).acceptNext()));
      expect(new Set(all.map(({ result }) => result.kind))).toEqual(new Set(['accepted']));
      expect(await count(`cdls WHERE cdls_id > ${jump}`)).toBe(400);
      expect(await count(`delivery WHERE cdls_id > ${jump}`)).toBe(400);
      expect([...here.faults, ...there.faults]).toEqual([]);
      await database.query('DELETE FROM delivery');
      await database.query('DELETE FROM cdls');
    }
    expect(await firsts('attempt')).toEqual(await firsts());
  });

  it('begin and end where their neighbours do, when another size is wanted', async () => {
    const bounds = (table: string) =>
      database.query('SELECT first_id::int AS first, next_id::int AS next FROM partitions_of($1)', [table]);
    const resize = (to: number) =>
      database.query(
        `CREATE OR REPLACE FUNCTION partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT ${to}::bigint $$`,
      );
    await resize(500);
    await database.query('SELECT make_partition(150), make_partition(321)');
    await resize(30);
    await database.query('SELECT make_partition(499), make_partition(505), make_partition(700)');
    for (const table of ['cdls', 'attempt', 'meta_message_id']) {
      expect(await bounds(table)).toEqual([
        { first: 0, next: 100 },
        { first: 100, next: 200 },
        { first: 200, next: 500 },
        { first: 500, next: 510 },
        { first: 690, next: 720 },
      ]);
    }
  });

  it('keep their statistics, each by itself', async () => {
    const analysed = () => count("pg_class WHERE relname = 'cdls_from_200' AND reltuples > 0");
    await database.query('SELECT make_partition(200)');
    await database.query('ALTER TABLE cdls_from_200 SET (autovacuum_enabled = off)');
    await database.query(
      `INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_lane, cdls_expires_at)
        SELECT n, 1, 1, '1', 'text', repeat('x', 1900), 'bulk', now() FROM generate_series(200, 299) n`,
    );
    expect(await analysed()).toBe(0);
    await refreshStatistics(database);
    expect(await analysed()).toBe(1);
  });
});

it('a number that was drawn a while ago is never used', async () => {
  let now = 0;
  const { acceptNext } = accepting(() => now);
  const early = Number((await acceptNext()).messageId);
  now = 1_900;
  expect(Number((await acceptNext()).messageId)).toBe(early + 1);
  now = 2_100;
  await database.query("SELECT setval('cdls_cdls_id_seq', 90)");
  expect(Number((await acceptNext()).messageId)).toBe(91);
});

describe('retention', () => {
  it('drops what is old and finished, with what hangs on it, and nothing else', async () => {
    await fill(1, 299, 40);
    await makeUnknown(150);
    await fill(300, 399, 20);
    await fill(400, 450, 0);
    const standings = async (days: number | null) =>
      (await listPartitions(database, days)).map(({ standing }) => standing);
    await makePartitionsAhead(database);
    expect(await standings(30)).toEqual(['over', 'unfinished', 'over', 'young', 'open', 'open']);
    expect(await standings(null)).toEqual(['young', 'young', 'young', 'young', 'open', 'open']);

    const dropped: string[] = [];
    expect(await retain({ onDropped: ({ firstId }) => void dropped.push(firstId) })).toBe('done');
    expect(dropped).toEqual(['0', '200']);
    expect(await firsts()).toEqual([100, 300, 400, 500]);
    expect(await firsts('attempt')).toEqual([100, 300, 400, 500]);
    expect(await count('cdls')).toBe(251);
    expect(await count('attempt')).toBe(251);
    expect(await count('unsent_message u WHERE NOT EXISTS (SELECT 1 FROM cdls m WHERE m.cdls_id = u.cdls_id)')).toBe(0);
    expect(await count('unsent_message')).toBe(5);

    await database.query('DELETE FROM delivery');
    expect(await retain()).toBe('done');
    expect(await firsts()).toEqual([300, 400, 500]);
  });

  it('never drops what new messages go to, however old it is', async () => {
    await fill(1, 50, 4_000);
    await database.query("UPDATE cdls SET cdls_created_at = now() - interval '20 days' WHERE cdls_id = 1");
    expect(await retain()).toBe('done');
    expect(await firsts()).toEqual([0, 100]);
    expect((await accepting().acceptNext()).result.kind).toBe('accepted');
  });

  it('ends the partition of a house that sends little, so that it can grow old', async () => {
    await fill(1, 10, 40);
    const early = accepting();
    const { messageId } = await early.acceptNext();
    expect(await retain()).toBe('done');
    // Numbers that were drawn before are still good; those drawn now fall into the next.
    expect((await early.acceptNext()).result.kind).toBe('accepted');
    expect(Number((await accepting().acceptNext()).messageId)).toBe(101);
    expect((await listPartitions(database, 30)).map(({ standing }) => standing)).toEqual(['young', 'open', 'open']);
    await database.query("UPDATE cdls SET cdls_created_at = now() - interval '31 days' WHERE cdls_id <= $1", [99]);
    await database.query('DELETE FROM delivery WHERE cdls_id < 100');
    expect(await retain()).toBe('done');
    expect(await findMessage(database, customerId, messageId)).toBeNull();
    expect((await firsts())[0]).toBe(100);
  });

  it('is done by one at a time', async () => {
    await fill(1, 199, 40);
    await fill(200, 250, 0);
    const dropped: string[] = [];
    const onDropped = ({ firstId }: { firstId: string }) => void dropped.push(firstId);
    let meanwhile = '';
    const first = await retain({
      archive: async () => {
        meanwhile = await retain({ onDropped });
      },
      onDropped,
    });
    expect([first, meanwhile]).toEqual(['done', 'busy']);
    expect(dropped).toEqual(['0', '100']);
    expect(await retain()).toBe('done');
  });

  it('goes on where it was broken off', async () => {
    await fill(1, 199, 40);
    await fill(200, 250, 0);
    const archived: string[] = [];
    const archive = async ({ firstId }: { firstId: string }) => void archived.push(firstId);
    // Between the archive and the drop: the messages are still there, and are put away once more.
    const broken = async (partition: { firstId: string }) => {
      await archive(partition);
      throw new Error('broken off');
    };
    await expect(retain({ archive: broken })).rejects.toThrow('broken off');
    expect(await count('cdls')).toBe(250);
    // Between the drop of the messages and that of their attempts.
    const onDropped = () => {
      throw new Error('broken off');
    };
    await expect(retain({ archive, onDropped })).rejects.toThrow('broken off');
    expect([await firsts(), await firsts('attempt')]).toEqual([
      [100, 200, 300],
      [0, 100, 200, 300],
    ]);
    expect(await count('unsent_message WHERE cdls_id < 100')).toBe(3);

    expect(await retain({ archive })).toBe('done');
    expect(archived).toEqual(['0', '0', '100']);
    expect([await firsts(), await firsts('attempt')]).toEqual([
      [200, 300],
      [200, 300],
    ]);
    expect(await count('unsent_message WHERE cdls_id < 200')).toBe(0);
  });

  it('keeps a message that came back to life while it was put away', async () => {
    await fill(1, 99, 40);
    await fill(100, 150, 0);
    expect(await retain({ archive: () => makeUnknown(7) })).toBe('done');
    expect(await findMessage(database, customerId, '7')).toMatchObject({ state: 'unknown', attempts: [{ number: 1 }] });
  });

  it('lets whoever reads for long read on, nobody else wait for it, and tries again another time', async () => {
    await fill(1, 99, 40);
    await fill(100, 150, 0);
    const reader = await database.pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM cdls');
    const traffic = startTraffic();
    expect(await retain()).toBe('log_in_use');
    await traffic.stop();
    expect(await firsts()).toContain(0);
    await reader.query('COMMIT');
    reader.release();
    expect(await retain()).toBe('done');
    expect(await firsts()).not.toContain(0);
  });

  it('drops beside accepts and settles: none fails, none waits for long', async () => {
    await fill(1, 999, 40);
    await fill(1_000, 1_050, 0);
    const traffic = startTraffic();
    // In the thick of it.
    while (traffic.settled() < 100) await pause(20);
    const dropped: string[] = [];
    while ((await retain({ onDropped: ({ firstId }) => void dropped.push(firstId) })) !== 'done');
    const before = traffic.settled();
    while (traffic.settled() < before + 100) await pause(20);
    const { ids } = await traffic.stop();
    // Beyond them only what was passed over: a block of numbers was thrown away, and no message is in it.
    const old = dropped.filter((firstId) => Number(firstId) < 1_000);
    expect(old).toEqual(Array.from({ length: 10 }, (_, n) => String(100 * n)));
    const lost = await count(
      `unnest('{${ids.join()}}'::bigint[]) AS id WHERE NOT EXISTS (SELECT 1 FROM cdls m WHERE m.cdls_id = id AND m.cdls_status = 'OK')`,
    );
    expect(lost).toBe(0);
  });
});

/** Accepts, releases, claims and settles, some at a time, for ever. `stop` says what went wrong. */
function startTraffic() {
  const door = accepting();
  const claim = openClaim(database, 'test');
  const settle = openSettle(database);
  const ids: string[] = [];
  const lane: { messageId: string; release: number }[] = [];
  let [stopping, settled, longestMs] = [false, 0, 0];

  async function timed<T>(work: Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work;
    longestMs = Math.max(longestMs, performance.now() - began);
    return result;
  }

  async function goOn(): Promise<void> {
    while (!stopping) {
      const { messageId, result } = await timed(door.acceptNext());
      if (result.kind !== 'accepted') throw new Error(result.kind);
      ids.push(messageId);
      lane.push(...(await timed(releaseLines(database, [lineId]))).notes);
      for (let note = lane.shift(); note; note = lane.shift()) {
        const claimed = await timed(claim(note));
        if (claimed.kind !== 'go') throw new Error(claimed.kind);
        await timed(settle(settleOf(claimed)));
        settled += 1;
      }
      await timed(makePartitionsAhead(database));
    }
  }

  const streams = Promise.all(Array.from({ length: 4 }, goOn));
  // Whoever stops it hears of it.
  streams.catch(() => {});
  return {
    settled: () => settled,
    async stop() {
      stopping = true;
      await streams;
      await drainRest();
      expect(door.faults).toEqual([]);
      expect(longestMs).toBeLessThan(10_000);
      return { ids };
    },
  };

  /** What the last rounds of the others have left in the backlog. */
  async function drainRest(): Promise<void> {
    for (;;) {
      const { notes } = await releaseLines(database, [lineId]);
      for (const note of [...lane.splice(0), ...notes]) {
        const claimed = await claim(note);
        if (claimed.kind === 'go') await settle(settleOf(claimed));
      }
      if ((await count('delivery')) === 0) return;
      await pause(20);
    }
  }
}

describe('lists', () => {
  const everything: MessageFilter = {
    lineId: null,
    status: null,
    dest: null,
    reference: null,
    campaignId: null,
    beforeId: null,
    limit: 30,
  };

  async function allOf(filter: Partial<MessageFilter>): Promise<number[]> {
    const ids: number[] = [];
    for (let beforeId: string | null = null; ; beforeId = String(ids.at(-1))) {
      const page: { messageId: string }[] = await listMessages(database, customerId, {
        ...everything,
        ...filter,
        beforeId,
      });
      ids.push(...page.map(({ messageId }) => Number(messageId)));
      if (page.length < everything.limit) return ids;
    }
  }

  const downFrom = (last: number, first: number, step = 1) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, n) => last - n * step);

  it('go across partitions, and end where the log does', async () => {
    await fill(1, 199, 40);
    await fill(200, 330, 0);
    expect(await allOf({})).toEqual(downFrom(330, 1));
    expect(await allOf({ status: 'ERROR' })).toEqual(downFrom(301, 1, 50));
    expect(await retain()).toBe('done');
    expect(await allOf({})).toEqual(downFrom(330, 200));
    expect(await allOf({ lineId })).toEqual(downFrom(330, 200));
    expect(await allOf({ status: 'ERROR' })).toEqual(downFrom(301, 201, 50));
    expect(await allOf({ reference: 'order 76' })).toEqual([]);
    expect(await findMessage(database, customerId, '77')).toBeNull();
  });

  it('of what became of a campaign say which message is gone', async () => {
    await fill(1, 99, 40);
    await fill(100, 150, 0);
    const [campaign] = await database.query<{ id: string }>(
      `INSERT INTO campaign (cdcs_id, v8l_id, name, state, type, template, last_number)
        VALUES ($1, $2, 'old', 'finished', 'text', 'x', 3) RETURNING campaign_id AS id`,
      [customerId, lineId],
    );
    const id = campaign?.id ?? '';
    await database.query(
      "INSERT INTO campaign_recipient (campaign_id, number, dest, cdls_id) VALUES ($1, 1, 'a', 1), ($1, 2, 'b', 102), ($1, 3, 'c', NULL)",
      [id],
    );
    expect(await retain()).toBe('done');
    const { results } = await readResults(database, id, { after: 0, limit: 10, state: null });
    expect(results.map(({ state }) => state)).toEqual(['forgotten', 'sent', 'waiting']);
    expect(results[0]).toMatchObject({ messageId: '1', attempts: null, settledAt: null });
    const forgotten = await readResults(database, id, { after: 0, limit: 10, state: 'forgotten' });
    expect(forgotten.results).toHaveLength(1);
  });
});

it('a partition is read as lines of JSON, each message with its attempts', async () => {
  await fill(1, 1_250, 40);
  await database.query('UPDATE cdls SET cdls_mdata = $1 WHERE cdls_id = 7', ['two\nlines, "quotes" and 😀']);
  const first = { firstId: '0', nextId: '1201' };
  let text = '';
  for await (const part of readPartitionLines(database, first)) text += part;
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(1_200);
  expect(JSON.parse(lines[6] ?? '')).toMatchObject({
    cdls_id: 7,
    cdls_mdata: 'two\nlines, "quotes" and 😀',
    cdls_status: 'OK',
    attempts: [{ cdls_id: 7, number: 1, outcome: 'sent' }],
  });
});
