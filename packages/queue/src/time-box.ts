import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms`, or at once when `stop` fires. */
export async function pause(ms: number, stop?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, stop ? { signal: stop } : {}).catch(() => {});
}

/** The outcome of `work`, or a rejection that names it once `ms` have passed. The work itself is not stopped. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let alarm: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    alarm = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(alarm);
  }
}
