import { type Database, openDatabase } from '@pombo/db/database.ts';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { filledText } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import type { ObviousApiOrder } from './baselines/obvious-api.ts';
import { obviousQueue } from './baselines/obvious-queue.ts';
import type { ObviousWorkerOrder } from './baselines/obvious-worker.ts';
import type { Dests } from './dests.ts';
import { type OwnProcess, startOwnProcess } from './own-process.ts';
import { poolSize } from './pool-size.ts';

/** The obvious design beside a house: on the same PostgreSQL and Redis, in a database and a keyspace of its own. */
export interface Obvious {
  readonly database: Database;
  readonly customerId: string;
  startApi(tsid: string): Promise<{ url: string }>;
  startWorker(concurrency: number): Promise<OwnProcess>;
  /** Puts rows and their jobs behind a queue that stands still. */
  fill(dests: Dests): Promise<void>;
  /** Lets the queue go. */
  go(): Promise<void>;
  /** Forgets the jobs. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** The columns of ours, so that the same rows are written, and no index but the two that its own questions would need. */
const table = `
  CREATE TABLE cdls (
    cdls_id bigserial PRIMARY KEY, cdcs_id bigint NOT NULL, v8l_id bigint NOT NULL, cdls_dest text NOT NULL,
    cdls_mtype text NOT NULL, cdls_mdata text NOT NULL, cdls_mcaption text, cdls_msg_id text, cdls_lane text NOT NULL,
    cdls_on_unknown text NOT NULL DEFAULT 'hold', cdls_status text NOT NULL DEFAULT 'PENDING', cdls_return_code int,
    cdls_return_id text, cdls_return_log text, cdls_status_delivery text, cdls_attempts int NOT NULL DEFAULT 0,
    cdls_created_at timestamptz(3) NOT NULL DEFAULT now(), cdls_expires_at timestamptz(3) NOT NULL,
    cdls_settled_at timestamptz(3), cdls_campaign_id bigint
  ) WITH (fillfactor = 80);
  CREATE INDEX ON cdls (cdcs_id, v8l_id, cdls_id)`;

const insertWaiting = `
  INSERT INTO cdls (cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_lane, cdls_expires_at)
  SELECT 1, 1, reverse(n::text), 'text', $3, 'bulk', now() + interval '24 hours' FROM generate_series($1::bigint, $2::bigint) AS n
  RETURNING cdls_id::text AS id`;

const jobsPerCall = 1_000;
const pageToken = 'EAAobvious';

export async function openObvious(house: House): Promise<Obvious> {
  const redisUrl = `${house.redis?.url}/1`;
  const databaseUrl = await house.postgres.createDatabase();
  const database = openDatabase({ url: databaseUrl, poolSize: 4, name: 'bench', onError() {} });
  for (const statement of table.split(';')) await database.query(statement);
  const redis = new Redis(redisUrl);
  const queue = new Queue(obviousQueue, { connection: redis });
  const processes: OwnProcess[] = [];
  const started = (process: OwnProcess): OwnProcess => {
    processes.push(process);
    return process;
  };

  return {
    database,
    customerId: '1',
    async startApi(tsid) {
      const order: ObviousApiOrder = { databaseUrl, redisUrl, tsid, poolSize };
      const process = started(startOwnProcess('baselines/obvious-api.ts', order));
      return process.said<{ url: string }>();
    },
    async startWorker(concurrency) {
      const graphUrl = house.simulator.url;
      const order: ObviousWorkerOrder = { databaseUrl, redisUrl, graphUrl, pageToken, poolSize, concurrency };
      const process = started(startOwnProcess('baselines/obvious-worker.ts', order));
      await process.said();
      return process;
    },
    async fill({ first, count }) {
      await queue.pause();
      for (let done = 0; done < count; done += jobsPerCall) {
        const last = first + Math.min(count, done + jobsPerCall) - 1;
        const rows = await database.query<{ id: string }>(insertWaiting, [first + done, last, filledText]);
        await queue.addBulk(rows.map(({ id }) => ({ name: 'send', data: { id }, opts: { removeOnComplete: true } })));
      }
      await database.query('VACUUM (ANALYZE) cdls');
      await database.query('CHECKPOINT');
    },
    go: () => queue.resume(),
    forget: async () => void (await redis.flushdb()),
    async close() {
      await Promise.all(processes.map((process) => process.end()));
      await queue.close();
      redis.disconnect();
      await database.close();
    },
  };
}
