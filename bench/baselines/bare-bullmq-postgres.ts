import { once } from 'node:events';
import { createPostgresBackend, isPgPool, withBackend } from 'bullmq';
import { Pool } from 'pg';
import { readOrder, say } from '../own-process.ts';
import { middleRate } from '../sending-rate.ts';

export interface BareBullmqOrder {
  /** Its schema has been migrated, and tuned as ours. */
  databaseUrl: string;
  poolSize: number;
  concurrency: number;
}

/**
 * How fast BullMQ on PostgreSQL fetches and finishes jobs with nothing to do, with the settings our own queue has. Told how
 * many, it fills a paused queue, lets it go and says how many it finished per second.
 */
const order = readOrder<BareBullmqOrder>();
const pool = new Pool({
  connectionString: order.databaseUrl,
  max: order.poolSize,
  keepAlive: true,
  options: '-c search_path=bullmq -c synchronous_commit=off',
});
pool.setMaxListeners(100);
if (!isPgPool(pool)) throw new Error('this version of pg does not look like a pool to BullMQ');

const bull = withBackend(createPostgresBackend);
const name = 'bare';
const queue = new bull.Queue<{ messageId: string; release: number }>(name, {
  connection: pool,
  streams: { events: { maxLen: 1_000 } },
});
let finished: number[] = [];
let all = Promise.withResolvers<void>();
let wanted = 0;
const worker = new bull.Worker<{ messageId: string; release: number }>(
  name,
  async () => {
    finished.push(performance.now());
    if (finished.length === wanted) all.resolve();
  },
  {
    connection: pool,
    concurrency: order.concurrency,
    lockDuration: 12_000,
    stalledInterval: 4_000,
    drainDelay: 3,
  },
);
worker.on('error', (error) => console.error('bare BullMQ:', error.message));
// A job whose end was not written down would come back to the next worker.
process.once('SIGTERM', () => worker.close().finally(() => process.exit(0)));
await queue.waitUntilReady();
await worker.waitUntilReady();
say({ ready: true });

for (let round = 1; ; round += 1) {
  const [{ count }] = (await once(process, 'message')) as [{ count: number }];
  [finished, all, wanted] = [[], Promise.withResolvers<void>(), count];
  await queue.pause();
  for (let from = 0; from < count; from += 500) {
    const numbers = Array.from({ length: Math.min(500, count - from) }, (_, n) => from + n);
    await queue.addBulk(numbers.map((n) => jobOf(round, n)));
  }
  await queue.resume();
  await all.promise;
  say({ perSecond: middleRate(finished), finished: finished.length });
}

function jobOf(round: number, n: number) {
  const opts = { jobId: `m-${process.pid}-${round}-${n}`, removeOnComplete: true, removeOnFail: true };
  return { name: 'm', data: { messageId: String(n), release: 1 }, opts };
}
