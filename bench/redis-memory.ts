import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { fillBacklog } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import { type Bench, inHouses } from './bench.ts';
import { openDests } from './dests.ts';
import { heldByRedis } from './held.ts';
import { openObvious } from './obvious.ts';

const pace = 40;
const lines = 20;
const samples = 120;
const everyMs = 250;

/** What Redis holds while a million messages wait and the workers send: only what is about to be sent. */
export const redisMemory: Bench = (options) =>
  inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: 80 }, async (house) => {
    const waiting = options.brief ? 20_000 : 1_000_000;
    const redis = new Redis(house.redis?.url ?? '');
    const empty = await heldByRedis(redis);
    const lineIds: string[] = [];
    for (let n = 0; n < lines; n += 1) lineIds.push(await house.addLine(pace));
    options.say(`${waiting} messages on ${lines} lines`);
    const filling = { customerId: house.customerId, lineIds, countPerLine: waiting / lines, campaign: true };
    await fillBacklog(house.database, filling);

    for (let n = 0; n < 2; n += 1) await house.startWorker();
    // Long enough for the windows of all lines to be out, which is when Redis holds most.
    const runs: number[] = [];
    for (let n = 0; n < samples; n += 1) {
      runs.push(await heldByRedis(redis));
      await sleep(everyMs);
    }
    const [row] = await house.database.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM delivery WHERE state IN ('released', 'sending')",
    );
    options.say(`${row?.count} of them are in the lane, ${house.simulator.ledger.size} were sent`);
    if (!row?.count) throw new Error('nothing was released: what Redis held says nothing');
    options.say(`${waiting} jobs of the obvious design`);
    const obvious = await heldByObviousJobs(house, redis, waiting);
    redis.disconnect();
    const name = `Redis beside ${waiting} waiting messages`;
    const held = runs.map((run) => run - empty);
    const beside = { unit: 'MB', reference: 'MB the obvious design', referenceValue: obvious };
    return [
      {
        name: `${name}, peak`,
        value: Math.max(...runs),
        unit: 'MB',
        reference: 'MB empty',
        referenceValue: empty,
        runs,
        goal: { atMost: 50 },
      },
      {
        name: `${name}, more than empty`,
        value: Math.max(...held),
        runs: held,
        ...beside,
        goal: { ratioAtMost: 0.05 },
      },
    ];
  });

/** What as many waiting jobs take, in a keyspace of their own beside what is there. */
async function heldByObviousJobs(house: House, redis: Redis, waiting: number): Promise<number> {
  const obvious = await openObvious(house);
  const before = await heldByRedis(redis);
  await obvious.fill(openDests()(waiting));
  const held = (await heldByRedis(redis)) - before;
  await obvious.close();
  return held;
}
