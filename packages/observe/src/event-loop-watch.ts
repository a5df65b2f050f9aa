import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 20;

/** How late the event loop was, in milliseconds, in the slowest hundredth of the time since it was last asked. */
export function openEventLoopWatch(): { delayMs(): number; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  return {
    delayMs() {
      // What it measures is from one tick to the next.
      const lateMs = Math.max(0, delay.percentile(99) / 1e6 - resolutionMs);
      delay.reset();
      return Math.round(lateMs * 10) / 10;
    },
    close: () => void delay.disable(),
  };
}
