import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createCustomer } from '@pombo/db/customers.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillOldLog } from '../support/fill-log.ts';
import { runPombo } from '../support/pombo-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { openSmallPartitions } from '../support/small-partitions.ts';
import { testActor } from '../support/test-actor.ts';
import { createTestLine } from '../support/test-line.ts';

let postgres: TestPostgres;
let url: string;
let database: Database;
let folder: string;

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.migratedDatabase();
  database = openDatabase({ url, poolSize: 2, name: 'test', onError: () => {} });
  folder = await mkdtemp(join(tmpdir(), 'pombo-archive-'));
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true });
});

const pombo = (...words: string[]) => runPombo(['retention', ...words], { DATABASE_URL: url });

it('shows, archives and deletes what is too old, and the archive brings it back', async () => {
  await openSmallPartitions(database, 100);
  const prisma = openPrisma(database);
  const customerId = await createCustomer(prisma, testActor, 'test');
  const lineId = await createTestLine(prisma, { customerId });
  const sender = { customerId, lineId };
  await fillOldLog(database, { sender, from: 1, to: 99, ageDays: 100 });
  await fillOldLog(database, { sender, from: 100, to: 250, ageDays: 1 });
  const rows = (table: string) => database.query(`SELECT * FROM ${table} WHERE cdls_id < 100 ORDER BY cdls_id`);
  const before = [await rows('cdls'), await rows('attempt')];

  const [status, plain] = await Promise.all([pombo('status', '--days', '90'), pombo('status')]);
  expect(status.code).toBe(0);
  expect(status.out).toMatch(/^0 to 99 .* may go$/m);
  expect(status.out).toMatch(/^100 to 199 .* not old enough$/m);
  expect(status.out).toMatch(/^200 to 299 .* new messages go there$/m);
  expect(plain.out).toMatch(/^0 to 99 .* kept$/m);

  const run = await pombo('run', '--days', '90', '--archive', folder, '--json');
  const file = join(folder, 'messages-0-to-99.ndjson.gz');
  expect(JSON.parse(run.out)).toMatchObject({
    dropped: [{ first_cdls_id: 0, last_cdls_id: 99, standing: 'over' }],
    files: [file],
  });
  expect(await readdir(folder)).toEqual(['messages-0-to-99.ndjson.gz']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await rows('cdls')).toEqual([]);
  const [audited] = JSON.parse((await runPombo(['list', 'audit', '--json'], { DATABASE_URL: url })).out);
  expect(audited).toMatchObject({ action: 'delete messages', object: '0 to 99' });

  // As docs/operations.md reads an archive.
  const lines = gunzipSync(await readFile(file))
    .toString()
    .trimEnd()
    .split('\n');
  await database.query('CREATE TABLE archive (line jsonb)');
  await database.query('INSERT INTO archive SELECT unnest($1::text[])::jsonb', [lines]);
  const again = [
    await database.query('SELECT m.* FROM archive, jsonb_populate_record(NULL::cdls, line) m ORDER BY cdls_id'),
    await database.query(
      "SELECT a.* FROM archive, jsonb_populate_recordset(NULL::attempt, line -> 'attempts') a ORDER BY cdls_id",
    ),
  ];
  expect(again).toEqual(before);

  const nothing = await pombo('run', '--days', '90');
  expect(nothing).toMatchObject({ code: 0, out: 'No partition is older than 90 days.\n' });
}, 120_000);

it('deletes nothing without being told how much', async () => {
  const runs = await Promise.all([pombo('run'), pombo('run', '--days', '0')]);
  expect(runs.map(({ code }) => code)).toEqual([2, 2]);
});

it('deletes nothing that it cannot archive', async () => {
  await database.query("UPDATE cdls SET cdls_created_at = now() - interval '100 days' WHERE cdls_id < 200");
  const { code } = await pombo(
    'run',
    '--days',
    '90',
    '--archive',
    join(folder, 'messages-0-to-99.ndjson.gz', 'no folder'),
  );
  expect(code).toBe(1);
  const [left] = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM cdls WHERE cdls_id < 200');
  expect(left?.n).toBe(100);
});
