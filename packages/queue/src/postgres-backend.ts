import { createPostgresBackend, isPgPool, type PgPool } from 'bullmq';
import { Pool, type PoolConfig } from 'pg';
import { bullQueue, type LookableQueue } from './bull-queue.ts';
import { watchListeners } from './listener-heartbeat.ts';
import { queueSchema } from './migrate-queue.ts';
import type { Report } from './quiet-errors.ts';
import { signalsOver } from './signals.ts';
import { postgresWire } from './signals-postgres.ts';
import { pause, within } from './time-box.ts';

/** How long opening waits for PostgreSQL before it gives up. */
const openWithinMs = 15_000;

const defaultPoolSize = { producer: 4, worker: 16 };

const workerOptions = {
  // How long a worker may be out of touch before its job is given to another. Renewed every quarter of it.
  lockDuration: 12_000,
  // How often jobs of vanished workers are looked for. Each look reads all rows of the queue; release windows keep them few.
  stalledInterval: 4_000,
  // Beyond this count BullMQ would fail the job without asking us. The row decides how often is too often, not BullMQ.
  maxStalledCount: 1_000_000,
  // How long one wait for work lasts: what a lost NOTIFY costs at most. Each wait that ends in nothing is four queries.
  drainDelay: 3,
};

/**
 * The queue on PostgreSQL, in the schema `bullmq` of the given database. Rejects when the database cannot be reached
 * within 15 s, or has not been migrated (`migrateQueue`).
 *
 * @param options.poolSize connections for BullMQ (4 for a producer, 16 for a worker). A worker's must be larger than its
 *   number of consumers, which hold one each. Three more are opened for signals.
 */
export async function openPostgresQueue(options: {
  url: string;
  role: 'producer' | 'worker';
  report: Report;
  poolSize?: number | undefined;
}): Promise<LookableQueue> {
  const { url, role, report } = options;
  const pool = openPool('queue', {
    max: options.poolSize ?? defaultPoolSize[role],
    // BullMQ 6.7 expects its schema first in the search path of a pool it is given. A lost queue transition costs a
    // second delivery, which the claim refuses, so the queue need not wait for the disk; our rows do.
    options: `-c search_path=${queueSchema} -c synchronous_commit=off`,
  });
  const heartbeat = watchListeners(pool, report);
  const sender = openPool('signals', { max: 2, query_timeout: 3_000 });

  function openPool(name: string, settings: PoolConfig): Pool {
    const opened = new Pool({
      connectionString: url,
      application_name: `pombo ${name}`,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      connectionTimeoutMillis: 5_000,
      // How soon a silent connection is given up. Not sooner: a claim that is given up here and carried out there
      // holds its message until the lock runs out.
      query_timeout: 10_000,
      // Shorter than that, so that a silent network costs one time-out: by then the idle connections, as silent as the
      // one that was asked, are gone.
      idleTimeoutMillis: 5_000,
      ...settings,
    });
    // Every BullMQ queue and worker adds a listener and never takes it away.
    opened.setMaxListeners(100);
    opened.on('error', (error) => report(`postgres ${name}`, error));
    // While BullMQ has a client out to read the schema, nobody listens to its errors, and one would end the process.
    opened.on('connect', (client) => client.on('error', (error) => report(`postgres ${name}`, error)));
    return opened;
  }

  async function disconnect(): Promise<void> {
    heartbeat.stop();
    await within(2_000, 'closing the connections', Promise.all([pool.end(), sender.end()]));
  }

  await untilItAnswers(pool, report).catch(async (error: unknown) => {
    await disconnect().catch(() => {});
    throw error;
  });
  const wire = postgresWire(url, sender, report);

  const queue = bullQueue({
    backend: 'postgres',
    factory: createPostgresBackend,
    producer: forBull(pool),
    worker: role === 'worker' ? forBull(pool) : undefined,
    queueOptions: {
      // Never 0, which on PostgreSQL means: keep all events.
      streams: { events: { maxLen: 1_000 } },
    },
    workerOptions,
    // Ids must be free for the sweep to add again, and history is in the rows. `true` is one delete by key; any count
    // would read all finished jobs each time.
    jobOptions: { removeOnComplete: true, removeOnFail: true },
    signals: signalsOver(wire, report),
    report,
    ping: async () => void (await sender.query('SELECT 1')),
    beforeClose: () => {},
    async disconnect() {
      await wire.close();
      await disconnect();
    },
  });
  try {
    await queue.ready();
    return queue;
  } catch (error) {
    await queue.close();
    throw error;
  }
}

/** The same pool in BullMQ's own, narrower type, which pg's generics do not fit without asking. */
function forBull(pool: Pool): PgPool {
  if (!isPgPool(pool)) throw new Error('this version of pg does not look like a pool to BullMQ');
  return pool;
}

/** BullMQ remembers a failed first connection for ever, so it must not meet one. */
async function untilItAnswers(pool: Pool, report: Report): Promise<void> {
  const deadline = Date.now() + openWithinMs;
  for (;;) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      report('postgres', error);
      await pause(250);
    }
  }
}
