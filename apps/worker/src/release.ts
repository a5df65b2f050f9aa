import { setTimeout as sleep } from 'node:timers/promises';
import type { Released } from '@pombo/db/release.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';

export interface ReleaseParts {
  releaseLine: (lineId: string) => Promise<Released>;
  linesWithBacklog: () => Promise<string[]>;
  queue: Pick<MessageQueue, 'enqueue'>;
  logger: Logger;
}

export interface Release {
  /** These lines have something in the backlog, or room in their window. */
  ring(lineIds: readonly string[]): void;
  close(): Promise<void>;
}

/** Lines released at once; each is one short statement. */
const atOnce = 4;
/** Settles come one by one; a line is looked at no more often than this, so that each look moves many. */
const restMs = 25;
/** A line that takes long to look at rests longer: looking must not be all that is done. */
const restPerLook = 3;
/** Another process is releasing this line: it may have looked before our message was there. */
const busyMs = 50;
/** Due times, mended lines and lost rings are found by looking. */
const pollMs = 1_000;

/** Moves messages from the backlog into lane `bulk`, line by line, whenever somebody rings and once per second anyway. */
export function openRelease({ releaseLine, linesWithBacklog, queue, logger }: ReleaseParts): Release {
  const rung = new Set<string>();
  const resting = new Set<string>();
  const closing = new AbortController();
  let working = 0;

  function ring(lineIds: readonly string[]): void {
    for (const lineId of lineIds) rung.add(lineId);
    work();
  }

  function work(): void {
    for (const lineId of rung) {
      if (working >= atOnce || closing.signal.aborted) return;
      if (resting.has(lineId)) continue;
      rung.delete(lineId);
      void lookAt(lineId);
    }
  }

  async function lookAt(lineId: string): Promise<void> {
    working += 1;
    resting.add(lineId);
    const startedAt = performance.now();
    const { busy } = await release(lineId);
    const tookMs = performance.now() - startedAt;
    working -= 1;
    if (busy) rung.add(lineId);
    setTimeout(
      () => {
        resting.delete(lineId);
        work();
      },
      busy ? busyMs : Math.max(restMs, restPerLook * tookMs),
    ).unref();
    work();
  }

  async function release(lineId: string): Promise<{ busy: boolean }> {
    try {
      const { notes, busy } = await releaseLine(lineId);
      // If this fails the rows are released and without a job: the sweep finds them when they are overdue.
      if (notes.length > 0) await queue.enqueue('bulk', notes);
      return { busy };
    } catch (err) {
      logger.warn({ err, line: lineId }, 'a line could not be released');
      return { busy: false };
    }
  }

  async function poll(): Promise<void> {
    while (!closing.signal.aborted) {
      await linesWithBacklog().then(ring, (err) => logger.warn({ err }, 'the backlog could not be looked at'));
      await sleep(pollMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const polling = poll();
  return {
    ring,
    async close() {
      closing.abort();
      await polling;
      while (working > 0) await sleep(10);
    },
  };
}
