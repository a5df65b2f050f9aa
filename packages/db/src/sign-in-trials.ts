import { createHash } from 'node:crypto';
import { type SignInCounter, signInMemoryMs, signInWaitMs, signInWaits } from '@pombo/domain/sign-in-wait.ts';
import type { Prisma, Transaction } from './prisma.ts';

/** Who tries to sign in to the console: a name, or null for whoever shows the admin token; and from where. */
export interface SignInTry {
  name: string | null;
  address: string;
}

export type CountedSignIn =
  | { kind: 'counted' }
  /** Too many have failed: the next may come then. It was not counted. */
  | { kind: 'wait'; ms: number };

interface Counter {
  key: string;
  failures: number;
  sinceMs: number;
}

/**
 * Counts a try as failed before it is checked, so that parallel guesses cannot outrun the wait. The counters are rows of
 * `login_trial`, so they hold across processes and restarts, and the API's sweep of that table deletes what is over.
 */
export function countSignIn(prisma: Prisma, tried: SignInTry): Promise<CountedSignIn> {
  const keys = [addressCounter(tried.address), nameCounter(tried.name)].toSorted();
  return prisma.$transaction(async (tx) => {
    // Both are there before either is looked at, and in one order, so that tries at once take turns and none waits in a ring.
    await tx.$executeRaw`
      INSERT INTO login_trial (key, points, expire) SELECT key, 0, 0 FROM unnest(${keys}::text[]) key ORDER BY key
      ON CONFLICT DO NOTHING`;
    const counters = await tx.$queryRaw<Counter[]>`
      SELECT key, CASE WHEN expire > clock.ms THEN points ELSE 0 END AS failures,
        (clock.ms - expire)::float8 + ${signInMemoryMs}::float8 AS "sinceMs"
      FROM login_trial, LATERAL (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) clock
      WHERE key = ANY (${keys}::text[]) ORDER BY key FOR UPDATE OF login_trial`;
    const ms = Math.max(0, ...counters.map(leftOf));
    if (ms > 0) return { kind: 'wait', ms };
    await tx.$executeRaw`
      UPDATE login_trial SET points = CASE WHEN expire > clock.ms THEN points + 1 ELSE 1 END, expire = clock.ms + ${signInMemoryMs}::bigint
      FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) clock WHERE key = ANY (${keys}::text[])`;
    return { kind: 'counted' };
  });
}

/** It was right: the name starts anew, and the address has one failure less. */
export async function signInWasRight(prisma: Prisma, { name, address }: SignInTry): Promise<void> {
  await forgetFailures(prisma, name);
  await takeBack(prisma, [addressCounter(address)]);
}

/** Nobody found out whether it was right. */
export function signInWasNotChecked(prisma: Prisma, { name, address }: SignInTry): Promise<void> {
  return takeBack(prisma, [addressCounter(address), nameCounter(name)]);
}

export async function forgetFailures(prisma: Pick<Transaction, 'loginTrial'>, name: string | null): Promise<void> {
  await prisma.loginTrial.deleteMany({ where: { key: nameCounter(name) } });
}

export function addressCounter(address: string): string {
  return `${prefixes.address}:${address}`;
}

/** Names are as long as their callers like; a key is not. */
function nameCounter(name: string | null): string {
  return name === null
    ? `${prefixes.name}:ADMIN_TOKEN`
    : `${prefixes.name}:${createHash('sha256').update(name).digest('hex')}`;
}

const prefixes = { name: 'console-name', address: 'console-address' } as const satisfies Record<SignInCounter, string>;

/** Milliseconds until this counter lets the next try in. */
function leftOf({ key, failures, sinceMs }: Counter): number {
  const plan = key.startsWith(`${prefixes.name}:`) ? signInWaits.name : signInWaits.address;
  // A row that was waited for may be a moment younger than the clock that was read for it.
  return Math.max(0, signInWaitMs(plan, failures) - Math.max(0, sinceMs));
}

async function takeBack(prisma: Prisma, keys: string[]): Promise<void> {
  await prisma.loginTrial.updateMany({
    where: { key: { in: keys }, points: { gt: 0 } },
    data: { points: { decrement: 1 } },
  });
}
