import type { Database } from './database.ts';

/** Counting rests this many times as long as it took, here and in `count_backlogs`. */
const restPerCount = 20;

/**
 * Counts what waits on each line into `line_backlog`, unless another process is at it or the last count is too fresh:
 * younger than a second, or than 20 times what it took. Whoever needs the figures may call this first.
 */
export async function countBacklogs(database: Database): Promise<void> {
  await database.query('SELECT count_backlogs()');
}

/**
 * The same as a step of the sweep. A count that fails leaves no trace in the database, so its time is also taken here:
 * a backlog too large to be counted in one statement's time must not be counted all the time.
 */
export function openBacklogCount(count: () => Promise<void>, now: () => number): () => Promise<void> {
  let notBefore = 0;
  return async () => {
    const began = now();
    if (began < notBefore) return;
    try {
      await count();
    } finally {
      notBefore = now() + (now() - began) * restPerCount;
    }
  };
}
