import type { Database } from '@pombo/db/database.ts';
import { dropOldPartitions } from '@pombo/db/retention.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import { aroundMs, repeat } from './repeat.ts';

export interface RetentionParts {
  database: Database;
  /** At least one. */
  days: number;
  logger: Logger;
  random: () => number;
}

const everyMs = 3_600_000;

/** Drops the messages that are too old, every process in turn. Returns how to stop it. */
export function openRetention(parts: RetentionParts): { close(): Promise<void> } {
  return repeat(
    () => retain(parts).catch((err) => parts.logger.warn({ err }, 'old messages could not be dropped')),
    () => aroundMs(everyMs, parts.random),
  );
}

async function retain({ database, days, logger, random }: RetentionParts): Promise<void> {
  const end = await dropOldPartitions({
    database,
    days,
    archive: null,
    onDropped: ({ firstId, nextId, newestAt, bytes }) =>
      logger.info({ firstId, nextId, newestAt, bytes }, 'old messages were dropped'),
    random,
  });
  if (end === 'log_in_use') logger.warn('old messages wait to be dropped: somebody reads the log for long');
}
