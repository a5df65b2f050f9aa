import { setTimeout as sleep } from 'node:timers/promises';

/** Knows when a request last came. */
export interface QuietWatch {
  heard(): void;
  /** Resolves when nothing has come for `forMs`, or after `atMostMs`. */
  untilQuiet(forMs: number, atMostMs: number): Promise<void>;
}

/** `now` is a clock that only goes forward, in milliseconds. */
export function createQuietWatch(now: () => number): QuietWatch {
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    heard() {
      lastAt = now();
    },
    async untilQuiet(forMs, atMostMs) {
      const endAt = now() + atMostMs;
      for (let at = now(); at < endAt && at - lastAt < forMs; at = now()) {
        await sleep(Math.min(endAt - at, lastAt + forMs - at));
      }
    },
  };
}
