import { openDatabase } from '@pombo/db/database.ts';
import { watchListeners } from '@pombo/queue/listener-heartbeat.ts';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { openProxy, type TestProxy, through } from '../support/proxy.ts';

let postgres: TestPostgres;
let proxy: TestProxy;

beforeAll(async () => {
  postgres = await startPostgres();
  proxy = await openProxy(postgres.port);
});
afterAll(async () => {
  await proxy.close();
  await postgres.stop();
});

it('a pool whose idle connections all went silent costs one time-out, not one each', async () => {
  const url = through(proxy, postgres.url);
  const database = openDatabase({ url, poolSize: 8, name: 'test', answerTimeoutMs: 2_000, onError: () => {} });
  await Promise.all(Array.from({ length: 8 }, () => database.query('SELECT pg_sleep(0.2)')));
  expect(database.poolUse()).toMatchObject({ total: 8, idle: 8 });

  proxy.goSilent();
  await expect(database.query('SELECT 1')).rejects.toThrow('timeout');
  await Promise.all(Array.from({ length: 8 }, () => database.query('SELECT 1')));
});

it('a connection that only listens is asked whether it lives, and has an error when it does not answer', async () => {
  const pool = new Pool({ connectionString: through(proxy, postgres.url) });
  const heartbeat = watchListeners(pool, () => {});
  const listening = await pool.connect();
  const lost = new Promise<Error>((resolve) => listening.on('error', resolve));
  listening.on('notification', () => {});
  await listening.query('LISTEN something');

  proxy.goSilent();
  expect((await lost).message).toContain('no answer within');
  heartbeat.stop();
});
