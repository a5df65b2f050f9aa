import type { Logger } from '@pombo/observe/logger.ts';
import { aroundMs, repeat } from './repeat.ts';

export interface BulkActionParts {
  bulkActionsAtWork: () => Promise<string[]>;
  /** Null: another process is at it, or it has ended. */
  carryOutBatch: (bulkActionId: string) => Promise<{ messages: number; hasEnded: boolean } | null>;
  noteTrouble: (bulkActionId: string, trouble: string) => Promise<void>;
  logger: Logger;
  random: () => number;
}

/** Between two batches others have their turn at the tables. */
const busyMs = 50;
const idleMs = 1_000;

/**
 * Carries out what operators have ordered for many messages, a batch at a time. Every process does; the database sees
 * to it that one is at each.
 */
export function openBulkActions(parts: BulkActionParts): { close(): Promise<void> } {
  const { logger, random } = parts;
  let didSome = false;
  return repeat(
    async () => {
      didSome = await carryOutAll(parts).catch((err) => {
        logger.warn({ err }, 'bulk actions could not be looked for');
        return false;
      });
    },
    () => aroundMs(didSome ? busyMs : idleMs, random),
  );
}

/** A batch of each, so that a long one keeps no other waiting. True when there was something to do. */
async function carryOutAll(parts: BulkActionParts): Promise<boolean> {
  let didSome = false;
  for (const bulkActionId of await parts.bulkActionsAtWork()) {
    const did = await carryOutOne(parts, bulkActionId);
    didSome ||= did;
  }
  return didSome;
}

/** Where one cannot be carried out the others are. */
async function carryOutOne(parts: BulkActionParts, bulkActionId: string): Promise<boolean> {
  try {
    const batch = await parts.carryOutBatch(bulkActionId);
    if (batch?.hasEnded) parts.logger.info({ bulkAction: bulkActionId }, 'a bulk action has ended');
    return batch !== null;
  } catch (err) {
    parts.logger.warn({ err, bulkAction: bulkActionId }, 'a batch of a bulk action could not be carried out');
    await parts
      .noteTrouble(bulkActionId, 'The database did not take its last batch. It is tried again.')
      .catch(() => {});
    return false;
  }
}
