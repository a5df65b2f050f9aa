import type { LaneUse, SweptEnd, SweptNote } from '@pombo/db/sweep.ts';
import type { Lane } from '@pombo/domain/lane.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { LaneDepth, MessageQueue } from '@pombo/queue/queue.ts';
import { aroundMs, repeat } from './repeat.ts';

export interface SweepParts {
  takeOverdue: (lane: Lane, use: LaneUse, limit: number) => Promise<SweptNote[]>;
  takeResends: (limit: number) => Promise<SweptNote[]>;
  expireLeases: (limit: number) => Promise<SweptEnd[]>;
  endExpired: (limit: number) => Promise<SweptEnd[]>;
  forgetOld: () => Promise<void>;
  closeAllWhenMostAre: () => Promise<number>;
  refreshStatistics: () => Promise<void>;
  countBacklogs: () => Promise<void>;
  makePartitionsAhead: () => Promise<void>;
  queue: Pick<MessageQueue, 'enqueue' | 'signals' | 'depth'>;
  logger: Logger;
  random: () => number;
}

/** Every process sweeps; rows another one is at are skipped. */
const everyMs = 1_000;
const rowsAtOnce = 1_000;
/** A partition is there long before its numbers come, and who accepts makes one that is not. */
const partitionsEveryRounds = 10;
/** Asking how large every table is takes longer than all else here together. */
const statisticsEveryRounds = 3;
const forgetEveryRounds = 60;

/** Finds the rows that nothing will come for, and sends them through the same doors again. Returns how to stop it. */
export function openSweep(parts: SweepParts): { close(): Promise<void> } {
  return repeat(
    async (round) => {
      for (const step of stepsOf(parts, round)) {
        // One step that fails or is slow must not keep the others from their turn.
        await step().catch((err) => parts.logger.warn({ err }, 'a step of the sweep could not finish'));
      }
    },
    () => aroundMs(everyMs, parts.random),
  );
}

/** Somebody may be waiting for what travels in lane `now`, so it comes first. */
function stepsOf(parts: SweepParts, round: number): (() => Promise<void>)[] {
  // A queue that does not answer would not take anything either.
  const depth = parts.queue.depth().catch(() => null);
  return [
    async () => enqueueOverdue(parts, 'now', await depth),
    async () => tell(parts, await parts.expireLeases(rowsAtOnce), 'the worker was gone: the outcome is unknown'),
    async () => tell(parts, await parts.endExpired(rowsAtOnce), 'the validity ran out'),
    async () => enqueue(parts, 'now', await parts.takeResends(rowsAtOnce)),
    async () => enqueueOverdue(parts, 'bulk', await depth),
    async () => {
      const lines = await parts.closeAllWhenMostAre();
      if (lines > 0) parts.logger.warn({ lines }, 'most lines are closed to trial calls, and now the others are, too');
    },
    parts.countBacklogs,
    ...(round % statisticsEveryRounds === 0 ? [parts.refreshStatistics] : []),
    ...(round % partitionsEveryRounds === 0 ? [parts.makePartitionsAhead] : []),
    ...(round % forgetEveryRounds === 0 ? [parts.forgetOld] : []),
  ];
}

/** Notes share jobs, so a note that lives cannot be told from one that was lost; but in an idle lane nothing waits. */
async function enqueueOverdue(parts: SweepParts, lane: Lane, depth: Record<Lane, LaneDepth> | null): Promise<void> {
  if (depth === null) return;
  await enqueue(parts, lane, await parts.takeOverdue(lane, depth[lane].waiting > 0 ? 'busy' : 'idle', rowsAtOnce));
}

async function enqueue({ queue, logger }: SweepParts, lane: Lane, notes: readonly SweptNote[]): Promise<void> {
  if (notes.length === 0) return;
  logger.debug({ lane, messages: notes.length }, 'notes were put into the queue again');
  await queue.enqueue(lane, notes);
}

async function tell({ queue, logger }: SweepParts, ends: readonly SweptEnd[], why: string): Promise<void> {
  if (ends.length === 0) return;
  logger.info({ messages: ends.length }, why);
  for (const [origin, messageIds] of byOrigin(ends)) {
    await queue.signals.announce(
      origin,
      messageIds.map((messageId) => ({ messageId, outcome: null })),
    );
  }
}

function byOrigin(ends: readonly SweptEnd[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { messageId, origin } of ends) {
    if (origin === null) continue;
    groups.set(origin, [...(groups.get(origin) ?? []), messageId]);
  }
  return groups;
}
