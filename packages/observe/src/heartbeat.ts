import { bounded } from './bounded.ts';
import { openEventLoopWatch } from './event-loop-watch.ts';
import type { Logger } from './logger.ts';

/** What every process knows of itself. */
export interface Vitals {
  upSeconds: number;
  /** How late the event loop was in the slowest hundredth of the time since the last word. */
  eventLoopDelayMs: number;
}

export interface HeartbeatParts {
  sayAlive: (vitals: Vitals) => Promise<unknown>;
  sayGone: () => Promise<unknown>;
  /** Told once when it can no longer be said, and once when it can again. */
  logger: Pick<Logger, 'info' | 'warn'>;
  everyMs?: number;
}

/** A farewell is not worth more of the time a process has for stopping. */
const farewellMs = 2_000;

/**
 * Says every few seconds that this process lives, until it is closed, and then that it is gone. Never more than one word
 * at a time, and whatever becomes of it, nothing else of the process does.
 */
export function openHeartbeat({ sayAlive, sayGone, logger, everyMs = 5_000 }: HeartbeatParts): {
  close(): Promise<void>;
} {
  const loop = openEventLoopWatch();
  let speaking: Promise<void> | null = null;
  let isHeard = true;

  async function speak(): Promise<void> {
    try {
      await sayAlive({ upSeconds: process.uptime(), eventLoopDelayMs: loop.delayMs() });
      if (!isHeard) logger.info('the console hears of this process again');
      isHeard = true;
    } catch (err) {
      if (isHeard) logger.warn({ err }, 'the console cannot be told that this process lives');
      isHeard = false;
    }
  }

  function beat(): void {
    speaking ??= speak().finally(() => {
      speaking = null;
    });
  }

  async function farewell(): Promise<void> {
    await speaking;
    await sayGone();
  }

  beat();
  const timer = setInterval(beat, everyMs);
  return {
    async close() {
      clearInterval(timer);
      // Who cannot say it is found silent, and forgotten an hour later.
      await bounded(farewell(), farewellMs).catch(() => {});
      loop.close();
    },
  };
}
