/** How late the turns of this process usually are: a machine may be late always, and then nothing comes in a bunch. */
export interface Lateness {
  usualMs(): number;
  observe(lateByMs: number): void;
}

/** What is usual is what was so for about this long. */
const memoryMs = 10_000;
/** However long nothing was observed, one turn counts for no more than this time, and for no more lateness: a standstill is not usual. */
const longestStepMs = 500;
const mostObservedMs = 1_000;

/** A mean over time, not over turns: the many that a standstill has made late at once count as one moment. */
export function openLateness(now: () => number): Lateness {
  let usualMs = 0;
  let observedAt = now();
  return {
    usualMs: () => usualMs,
    observe(lateByMs) {
      const stepMs = Math.min(longestStepMs, now() - observedAt);
      observedAt = now();
      usualMs += (Math.min(mostObservedMs, Math.max(0, lateByMs)) - usualMs) * (1 - Math.exp(-stepMs / memoryMs));
    },
  };
}
