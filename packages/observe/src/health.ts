import { bounded } from './bounded.ts';
import { reasonOf } from './describe-error.ts';

/** Why this process should get no work; empty when it should. */
export type Ready = () => Promise<string[]>;

/** What has to answer, by the name an operator knows it by: `{ database: () => db.ping() }`. */
export type ReadyChecks = Readonly<Record<string, () => Promise<unknown>>>;

export interface HealthAnswer {
  statusCode: 200 | 503;
  body: { status: 'alive' | 'ready' } | { status: 'not ready'; reasons: string[] };
}

const checkLimitMs = 2000;

/** A ready check that fails from the moment this process begins to stop. */
export function untilStopping(stopping: AbortSignal): () => Promise<void> {
  return async () => {
    if (stopping.aborted) throw new Error('this process is stopping');
  };
}

/** Asks all at once, each for at most `limitMs`, and names those that failed: "database: no answer within 2000 ms". */
export function readyWhen(checks: ReadyChecks, limitMs = checkLimitMs): Ready {
  return async () => {
    const reasons = await Promise.all(
      Object.entries(checks).map(([name, check]) =>
        bounded(Promise.resolve().then(check), limitMs).then(
          () => null,
          (error: unknown) => `${name}: ${reasonOf(error)}`,
        ),
      ),
    );
    return reasons.filter((reason) => reason !== null);
  };
}

/** The answer to `GET /healthz` or `GET /readyz`, `null` for any other path. The API's own routes use it as well. */
export async function answerHealth(path: string, ready: Ready, limitMs = checkLimitMs): Promise<HealthAnswer | null> {
  if (path === '/healthz') return { statusCode: 200, body: { status: 'alive' } };
  if (path !== '/readyz') return null;
  // A little longer than one check may take, so that a slow check is named instead of the whole question.
  const reasons = await readinessOf(ready, limitMs + 250);
  return reasons.length === 0
    ? { statusCode: 200, body: { status: 'ready' } }
    : { statusCode: 503, body: { status: 'not ready', reasons } };
}

async function readinessOf(ready: Ready, limitMs: number): Promise<string[]> {
  return bounded(Promise.resolve().then(ready), limitMs).catch((error: unknown) => [reasonOf(error)]);
}
