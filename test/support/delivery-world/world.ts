import { type Accept, openAccept } from '@pombo/db/accept.ts';
import { type Claim, type ClaimResult, openClaim } from '@pombo/db/claim.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import type { Database } from '@pombo/db/database.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { releaseLines } from '@pombo/db/release.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { openSettle, type Settle, type Settled } from '@pombo/db/settle.ts';
import { testActor } from '../test-actor.ts';
import { createTestLine } from '../test-line.ts';
import type { Call, SentMessage } from './model.ts';

/** The database is real. What Graph, the queue and the workers know besides stands here. */
export interface World {
  readonly database: Database;
  readonly prisma: Prisma;
  readonly customerId: string;
  readonly lineIds: readonly string[];
  readonly accept: Accept;
  /** One per worker. */
  readonly claims: readonly ((claim: Claim) => Promise<ClaimResult>)[];
  readonly settle: (settle: Settle) => Promise<Settled>;
  readonly messages: Map<string, SentMessage>;
  /** Which messages were accepted under an Idempotency-Key. */
  readonly accepted: Map<string, Set<string>>;
  /** The queue. It may lose everything, and hand out the same note twice. */
  notes: Claim[];
  /** The newest release of a message that anybody was told of. */
  readonly newest: Map<string, number>;
  /** Calls whose worker still lives. */
  underWay: Call[];
  /** How far the database's clock has jumped in all, and how far it had been, in seconds. */
  readonly clock: { at: number; highest: number };
  /** What went wrong so far, in sentences. */
  readonly complaints: string[];
}

export const worldSeal = openSeal([Buffer.alloc(32, 7)]);

/** A customer with three lines, two of them of one app, and three workers. Nothing of an earlier world is under way. */
export async function openWorld(database: Database, prisma: Prisma): Promise<World> {
  await database.query('TRUNCATE delivery');
  const customerId = await createCustomer(prisma, testActor, 'world');
  const app = `app of ${customerId}`;
  return {
    database,
    prisma,
    customerId,
    lineIds: [
      await createTestLine(prisma, { customerId, pace: 0, appId: app }, worldSeal),
      await createTestLine(prisma, { customerId, pace: 5, appId: app }, worldSeal),
      await createTestLine(prisma, { customerId, pace: 0, appId: null }, worldSeal),
    ],
    accept: openAccept(database, () => {}),
    claims: ['w1', 'w2', 'w3'].map((name) => openClaim(database, name)),
    settle: openSettle(database),
    messages: new Map(),
    accepted: new Map(),
    notes: [],
    newest: new Map(),
    underWay: [],
    clock: { at: 0, highest: 0 },
    complaints: [],
  };
}

/** Into the queue, as release and sweep give them out. */
export function enqueue(world: World, released: readonly Claim[]): void {
  world.notes.push(...released);
  for (const { messageId, release } of released) {
    world.newest.set(messageId, Math.max(release, world.newest.get(messageId) ?? 0));
  }
}

/** Release looks at these lines, all at once. */
export async function releaseInto(world: World, lineIds: readonly string[]): Promise<void> {
  const { notes } = await releaseLines(world.database, lineIds);
  enqueue(world, notes);
}
