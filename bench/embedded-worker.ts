import { migrateQueue } from '@pombo/queue/migrate-queue.ts';
import type { House } from '../test/support/house.ts';
import type { BareBullmqOrder } from './baselines/bare-bullmq-postgres.ts';
import { type Bench, inHouses } from './bench.ts';
import { openDests } from './dests.ts';
import { figureBeside } from './figures.ts';
import { bestOf, inTurns } from './in-turns.ts';
import { startOwnProcess } from './own-process.ts';
import { sendWaiting } from './waiting-messages.ts';

const graphMs = 80;
/** As many connections as our own worker has for its queue. */
const queuePoolSize = 16;
const bareConcurrencies = [25, 100, 400];

const full = { rounds: 5, messages: 10_000, warm: 2_000 };
const brief = { rounds: 1, messages: 1_000, warm: 300 };

/** One worker process with its queue on PostgreSQL, beside BullMQ on the same PostgreSQL with nothing to do. */
export const embeddedWorker: Bench = (options) =>
  inHouses({ ...options, backends: ['postgres'] }, { backends: ['postgres'], latency: graphMs }, async (house) => {
    const { say } = options;
    const size = options.brief ? brief : full;
    const take = openDests();
    const databaseUrl = await house.postgres.createDatabase();
    await migrateQueue(databaseUrl);
    const bare = (concurrency: number) => runBare({ databaseUrl, poolSize: queuePoolSize, concurrency }, size);
    const concurrency = await bestOf({ name: 'concurrency of bare BullMQ', say }, bareConcurrencies, bare);
    const runs = await inTurns(
      { rounds: size.rounds, say },
      { pombo: () => runPombo(house, take, size), bare: () => bare(concurrency) },
    );
    return [
      figureBeside(
        {
          name: 'embedded-worker: messages sent, queue on PostgreSQL',
          unit: 'per s',
          reference: 'bare BullMQ on PostgreSQL',
          goal: { ratioAtLeast: 0.6 },
        },
        runs.pombo,
        runs.bare,
      ),
    ];
  });

interface Size {
  messages: number;
  warm: number;
}

async function runPombo(house: House, take: ReturnType<typeof openDests>, { messages, warm }: Size): Promise<number> {
  const program = await house.startWorker();
  const send = async (count: number) =>
    sendWaiting(house, house.simulator.ledger, { lineIds: [await house.addLine(0)], dests: take(count) });
  await send(warm);
  const perSecond = await send(messages);
  await program.end('SIGTERM');
  return perSecond;
}

async function runBare(order: BareBullmqOrder, { messages, warm }: Size): Promise<number> {
  const process = startOwnProcess('baselines/bare-bullmq-postgres.ts', order);
  await process.said();
  const finish = async (count: number) => {
    process.tell({ count });
    const { perSecond, finished } = await process.said<{ perSecond: number; finished: number }>();
    if (finished !== count) throw new Error(`of ${count} jobs bare BullMQ finished ${finished}`);
    return perSecond;
  };
  await finish(warm);
  const perSecond = await finish(messages);
  await process.end();
  return perSecond;
}
