import type { HistoryFolded } from '@pombo/db/history-fold.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import { aroundMs, repeat } from './repeat.ts';

export interface HistoryParts {
  foldHistory: () => Promise<HistoryFolded>;
  takeHistorySample: () => Promise<void>;
  logger: Logger;
  random: () => number;
}

const everyMs = 1_000;

/**
 * Adds up what has been counted, and once a minute looks how things stand. Every process tries; the database lets one at a
 * time.
 */
export function openHistory({ foldHistory, takeHistorySample, logger, random }: HistoryParts): {
  close(): Promise<void>;
} {
  let more = false;
  return repeat(
    async () => {
      try {
        const said = await foldHistory();
        more = said === 'more';
        if (said === 'look') await takeHistorySample();
      } catch (err) {
        more = false;
        logger.warn({ err }, 'the history could not be added up');
      }
    },
    () => (more ? 0 : aroundMs(everyMs, random)),
  );
}
