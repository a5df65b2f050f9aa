import { setTimeout as sleep } from 'node:timers/promises';
import type { Released } from '@pombo/db/release.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';
import { repeat } from './repeat.ts';

export interface ReleaseParts {
  releaseLines: (lineIds: readonly string[]) => Promise<Released>;
  linesWithBacklog: () => Promise<string[]>;
  queue: Pick<MessageQueue, 'enqueue'>;
  logger: Logger;
}

export interface Release {
  /** These lines have something in the backlog, or room in their window. */
  ring(lineIds: readonly string[]): void;
  close(): Promise<void>;
}

/** Lines asked about in one statement, which looks at those of them whose turn it is. More of them wait for the next. */
export const linesAsked = 1_000;
/** Settles come one by one; between two looks there is this much time, so that each moves many, unless more lines wait than fit into one. */
const restMs = 25;
/** When looking takes long, resting takes longer: looking must not be all that is done. */
const restPerLook = 2;
/** Of the time a look took, so much for each message it moved was not looking but work. */
const worthMs = 0.5;
const longestRestMs = 1_000;
/** Another process is releasing, and may have looked before our message was there; or the lane has hardly any room. */
const busyMs = 50;
/** Due times, mended lines and lost rings are found by looking. */
export const pollMs = 1_000;

interface Look {
  busy: boolean;
  moved: number;
  /** Some of the lines that were asked about have not had their turn. */
  crowded: boolean;
}

/** How long release rests after a look, in milliseconds. */
export function restAfter({ busy, moved, crowded, tookMs }: Look & { tookMs: number }): number {
  if (busy) return busyMs;
  const idleMs = tookMs - moved * worthMs;
  return Math.min(longestRestMs, Math.max(crowded ? 0 : restMs, restPerLook * idleMs));
}

/** Moves messages from the backlog into lane `bulk`, lines in turn, whenever somebody rings and once per second anyway. */
export function openRelease({ releaseLines, linesWithBacklog, queue, logger }: ReleaseParts): Release {
  let rung = new Set<string>();
  const closing = new AbortController();
  let rang = Promise.withResolvers<void>();

  function ring(lineIds: readonly string[]): void {
    for (const lineId of lineIds) rung.add(lineId);
    if (rung.size > 0) rang.resolve();
  }

  async function releaseForEver(): Promise<void> {
    while (!closing.signal.aborted) {
      await rang.promise;
      if (closing.signal.aborted) return;
      rang = Promise.withResolvers();
      const startedAt = performance.now();
      const look = await lookAt([...rung].slice(0, linesAsked));
      await rest(restAfter({ ...look, tookMs: performance.now() - startedAt }));
      if (rung.size > 0) rang.resolve();
    }
  }

  async function lookAt(lineIds: readonly string[]): Promise<Look> {
    // Whoever rings from now on may have come too late for this look.
    for (const lineId of lineIds) rung.delete(lineId);
    try {
      const { notes, looked, again, busy } = await releaseLines(lineIds);
      const had = new Set(looked);
      rung = new Set([...lineIds.filter((lineId) => !had.has(lineId)), ...rung, ...again]);
      // If this fails the rows are released and without a job: the sweep finds them when they are overdue.
      if (notes.length > 0) await queue.enqueue('bulk', notes);
      return { busy, moved: notes.length, crowded: had.size < lineIds.length };
    } catch (err) {
      logger.warn({ err, lines: lineIds.length }, 'the backlog could not be released');
      rung = new Set([...lineIds, ...rung]);
      return { busy: false, moved: 0, crowded: false };
    }
  }

  function lookForLines(): Promise<void> {
    return linesWithBacklog().then(ring, (err) => logger.warn({ err }, 'the backlog could not be looked at'));
  }

  async function rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: closing.signal }).catch(() => {});
  }

  const working = releaseForEver();
  const polling = repeat(lookForLines, () => pollMs);
  return {
    ring,
    async close() {
      closing.abort();
      rang.resolve();
      await Promise.all([working, polling.close()]);
    },
  };
}
