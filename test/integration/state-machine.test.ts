import { type Database, openDatabase } from '@pombo/db/database.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actions, type Choice } from '../support/delivery-world/actions.ts';
import { calmDown } from '../support/delivery-world/calm.ts';
import { complaintsAtTheEnd, complaintsNow, unfinished } from '../support/delivery-world/checks.ts';
import { openWorld, type World } from '../support/delivery-world/world.ts';
import { installMoveGuard, type MoveGuard } from '../support/move-guard.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';

/** `npm test` plays some runs, `npm run test:fault` many. `POMBO_SEED` plays a failed one again. */
const long = process.env.POMBO_FAULTS === 'long';
const seed = process.env.POMBO_SEED;
const runs = { numRuns: long ? 600 : 40, interruptAfterTimeLimit: long ? 500_000 : 40_000 };

let postgres: TestPostgres;
let database: Database;
let prisma: Prisma;
let guard: MoveGuard;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.migratedDatabase();
  database = openDatabase({ url, poolSize: 10, name: 'test', onError: () => {} });
  prisma = openPrisma(database);
  guard = await installMoveGuard(database);
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

/** How often each action is chosen, of all of them together. */
const weights = {
  accept: 8,
  release: 7,
  claim: 16,
  answer: 12,
  crash: 4,
  loseQueue: 1,
  sweep: 12,
  cancel: 2,
  byHand: 4,
  evidence: 5,
  line: 5,
  time: 8,
  standStill: 3,
} as const satisfies Record<keyof typeof actions, number>;

type Action = Choice & { what: keyof typeof actions };

const dice = fc.noBias(fc.nat({ max: 10_000 }));
const action: fc.Arbitrary<Action> = fc.record({
  what: fc.oneof(
    ...Object.entries(weights).map(([what, weight]) => ({
      weight,
      arbitrary: fc.constant(what as keyof typeof actions),
    })),
  ),
  a: dice,
  b: dice,
  c: dice,
});
/** What stands in one step happens at the same time. */
const story = fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { minLength: 40, maxLength: 60, size: 'max' });

it(
  'whatever happens in whatever order: every state has an owner, nothing is sent twice on a guess, every message ends',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const world = await openWorld(database, prisma);
        for (const step of steps) await playAtOnce(world, step);
        expect(await complaintsNow(world)).toEqual([]);
        await calmDown(world);
        expect(await unfinished(world)).toEqual([]);
        expect(await complaintsAtTheEnd(world, guard)).toEqual([]);
      }),
      { ...runs, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
  },
  runs.interruptAfterTimeLimit + 60_000,
);

/** Nobody acts while the clock jumps: it is one clock, and it jumps for all. */
async function playAtOnce(world: World, step: readonly Action[]): Promise<void> {
  const jumps = step.filter(({ what }) => what === 'time' || what === 'standStill');
  for (const { what, ...choice } of jumps) await actions[what](world, choice);
  const others = step.filter((action) => !jumps.includes(action));
  await Promise.all(others.map(({ what, ...choice }) => actions[what](world, choice)));
}
