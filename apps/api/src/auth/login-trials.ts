import { createHash } from 'node:crypto';
import type { Database } from '@pombo/db/database.ts';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

/** One way to guess too often, and what the guesser hears. */
interface TrialLimit {
  /** The word before the colon in the key. */
  trial: 'address' | 'user' | 'failure' | 'password' | 'token';
  /** Failed attempts inside the window; the next one is refused. */
  points: number;
  windowSeconds: number;
  refusal: 'ipTrialsExceeded' | 'userTrialsExceeded' | 'ipBlocked';
}

export const trialLimits = {
  address: { trial: 'address', points: 20, windowSeconds: 600, refusal: 'ipTrialsExceeded' },
  user: { trial: 'user', points: 5, windowSeconds: 600, refusal: 'userTrialsExceeded' },
  failure: { trial: 'failure', points: 100, windowSeconds: 3600, refusal: 'ipBlocked' },
  password: { trial: 'password', points: 50, windowSeconds: 3600, refusal: 'ipBlocked' },
  token: { trial: 'token', points: 15, windowSeconds: 600, refusal: 'ipBlocked' },
} as const satisfies Record<string, TrialLimit>;

export type TrialName = keyof typeof trialLimits;

/** A counter of this attempt: which limit, and whose. */
export interface TrialKey {
  name: TrialName;
  key: string;
}

export type CountedTrial =
  /** Go on and check. `reached` are the limits this attempt will have used up if it fails. */
  | { kind: 'counted'; reached: TrialName[] }
  /** Some limit is used up; the attempt was not counted. */
  | { kind: 'too_many'; refusal: TrialLimit['refusal'] };

export interface LoginTrials {
  /** Counts an attempt before it is checked, so that parallel guesses cannot outrun a limit. */
  count(keys: readonly TrialKey[]): Promise<CountedTrial>;
  /** Takes the count back: the attempt was right, or was never checked. */
  giveBack(keys: readonly TrialKey[]): Promise<void>;
}

/** The counters live in PostgreSQL, so they hold across processes and restarts. */
export function openLoginTrials(database: Database): LoginTrials {
  const limiters = Object.fromEntries(
    Object.entries(trialLimits).map(([name, limit]) => [name, limiterOf(database, limit)]),
  ) as Record<TrialName, RateLimiterPostgres>;

  async function giveBack(keys: readonly TrialKey[]): Promise<void> {
    await Promise.all(keys.map(({ name, key }) => limiters[name].reward(key)));
  }

  /** When one counter cannot be reached the attempt is not checked, so the others must not keep it. */
  async function countAll(keys: readonly TrialKey[]): Promise<number[]> {
    const results = await Promise.allSettled(keys.map(({ name, key }) => consume(limiters[name], key)));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return results.map((result) => (result.status === 'fulfilled' ? result.value : 0));
    await giveBack(keys.filter((_key, index) => results[index]?.status === 'fulfilled')).catch(() => {});
    throw failed.reason;
  }

  return {
    giveBack,
    async count(keys) {
      const counts = await countAll(keys);
      const over = keys.find(({ name }, index) => (counts[index] ?? 0) > trialLimits[name].points);
      if (over) {
        await giveBack(keys);
        return { kind: 'too_many', refusal: trialLimits[over.name].refusal };
      }
      const reached = keys.filter(({ name }, index) => (counts[index] ?? 0) >= trialLimits[name].points);
      return { kind: 'counted', reached: reached.map(({ name }) => name) };
    },
  };
}

/** Usernames are as long as their callers like; a key is not. */
export function userKey(username: string): string {
  return createHash('sha256').update(username).digest('hex');
}

function limiterOf(database: Database, { trial, points, windowSeconds }: TrialLimit): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: database.pool,
    storeType: 'pool',
    tableName: 'login_trial',
    tableCreated: true,
    // One of the five is enough to clear the table.
    clearExpiredByTimeout: trial === 'address',
    keyPrefix: trial,
    points,
    duration: windowSeconds,
  });
}

/** The attempts of this window, with this one. The library answers "too many" by rejecting with the same facts. */
async function consume(limiter: RateLimiterPostgres, key: string): Promise<number> {
  try {
    return (await limiter.consume(key)).consumedPoints;
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) return thrown.consumedPoints;
    throw thrown;
  }
}
