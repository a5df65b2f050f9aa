import { setTimeout as sleep } from 'node:timers/promises';

/** Collects what happens, so that a test can wait for it instead of for a while. */
export interface Recorder<T> {
  readonly seen: readonly T[];
  record(event: T): void;
  /** Resolves with everything seen so far once `enough` says so; rejects after `withinMs`, telling what was seen. */
  until(enough: (seen: readonly T[]) => boolean, withinMs?: number): Promise<readonly T[]>;
}

export function recorder<T>(): Recorder<T> {
  const seen: T[] = [];
  let turn = Promise.withResolvers<void>();
  return {
    seen,
    record(event) {
      seen.push(event);
      turn.resolve();
      turn = Promise.withResolvers();
    },
    async until(enough, withinMs = 10_000) {
      const alarm = new AbortController();
      const late = sleep(withinMs, 'late' as const, { signal: alarm.signal }).catch(() => undefined);
      try {
        while (!enough(seen)) {
          if ((await Promise.race([turn.promise, late])) === 'late') {
            throw new Error(`not within ${withinMs} ms; ${seen.length} seen: ${JSON.stringify(seen.slice(-5))}`);
          }
        }
        return seen;
      } finally {
        alarm.abort();
      }
    },
  };
}
