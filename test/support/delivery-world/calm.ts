import { resumeLine } from '@pombo/db/lines.ts';
import { endExpired, expireLeases, takeOverdue, takeResends } from '@pombo/db/sweep.ts';
import { testActor } from '../test-actor.ts';
import { askForTurn, tell } from './calls.ts';
import { unfinished } from './checks.ts';
import { jumpAll } from './clock.ts';
import { enqueue, releaseInto, type World } from './world.ts';

const rounds = 60;

/** Nothing goes wrong any more, for half an hour at most. Every call that begins now arrives and is answered. */
export async function calmDown(world: World): Promise<void> {
  await endTheStorm(world);
  for (let round = 0; round < rounds && (await unfinished(world)).length > 0; round += 1) await calmRound(world);
}

/** The queue is empty, some workers thaw and tell what they know, the others never come back; every line is resumed. */
async function endTheStorm(world: World): Promise<void> {
  const thawed = world.underWay.filter((_, index) => index % 2 === 0);
  world.notes = [];
  await Promise.all(thawed.map((call) => tell(world, call, 1)));
  world.notes = [];
  world.underWay = [];
  // A clock that was set back comes to where it had been.
  await jumpAll(world, world.clock.highest - world.clock.at);
  for (const lineId of world.lineIds) await resumeLine(world.prisma, testActor, lineId);
}

async function calmRound(world: World): Promise<void> {
  const { database, lineIds } = world;
  await jumpAll(world, 30);
  await expireLeases(database, 1_000);
  await endExpired(database, 1_000);
  enqueue(world, await takeResends(database, 1_000));
  enqueue(world, await takeOverdue(database, 'now', 'idle', 1_000));
  enqueue(world, await takeOverdue(database, 'bulk', 'idle', 1_000));
  await releaseInto(world, lineIds);
  const asked = world.notes.splice(0);
  // The first of the fates is `sent`.
  await Promise.all(asked.map((note) => askForTurn(world, 0, note, 0)));
  await Promise.all(world.underWay.splice(0).map((call) => tell(world, call, 1)));
}
