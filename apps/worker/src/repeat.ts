import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does something again and again, `pauseMs` after it was done, and counts the rounds from 0. `step` sees to its own
 * faults and never rejects. Closing begins no further round and waits for the one under way.
 */
export function repeat(step: (round: number) => Promise<void>, pauseMs: () => number): { close(): Promise<void> } {
  const closing = new AbortController();

  async function forEver(): Promise<void> {
    for (let round = 0; !closing.signal.aborted; round += 1) {
      await step(round);
      await sleep(pauseMs(), undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const repeating = forEver();
  return {
    async close() {
      closing.abort();
      await repeating;
    },
  };
}

/** A little less or more than this, so that processes that do the same do not do it in step. */
export function aroundMs(everyMs: number, random: () => number): number {
  return everyMs * (0.8 + 0.4 * random());
}
