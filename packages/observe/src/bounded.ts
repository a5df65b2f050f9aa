import { setTimeout as wait } from 'node:timers/promises';

/** The promise's value, or a rejection once `limitMs` have passed. The work itself goes on; only the waiting ends. */
export async function bounded<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const done = new AbortController();
  const late = wait(limitMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${limitMs} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    // The timer must not hold the process, and its end as "aborted" is nobody's news.
    late.catch(() => {});
    done.abort();
  }
}
