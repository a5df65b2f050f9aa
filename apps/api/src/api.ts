import { type AcceptLimits, openAccept } from '@pombo/db/accept.ts';
import { cancelMessage } from '@pombo/db/cancel.ts';
import { readChanges } from '@pombo/db/changes.ts';
import type { Database } from '@pombo/db/database.ts';
import { findLine, type LineAtTheDoor } from '@pombo/db/line-lookup.ts';
import { findMessage, listMessages } from '@pombo/db/message-log.ts';
import { readOutcomes } from '@pombo/db/outcomes.ts';
import { openPasswordDoor } from '@pombo/db/password.ts';
import { poolReadings } from '@pombo/db/pool-readings.ts';
import { readyWhen, untilStopping } from '@pombo/observe/health.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import type { Tracing } from '@pombo/observe/tracing.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { createAtOnce } from './at-once.ts';
import { openDoor } from './auth/door.ts';
import { networksOf } from './auth/networks.ts';
import { type CampaignLimits, usualCampaignLimits } from './campaigns/campaign-parts.ts';
import { watchChanges } from './changes-watch.ts';
import { createFreshCache } from './fresh-cache.ts';
import { createQuietWatch } from './quiet-watch.ts';
import { openWaitingRoom } from './waiting-room.ts';

export interface ApiParts {
  database: Database;
  queue: MessageQueue;
  metrics: Metrics<'api'>;
  logger: Logger;
  /** Null where nothing is traced. */
  tracing: Tracing | null;
  /** 1 to 48 letters, digits, `_` and `-`, different in every process. */
  processId: string;
  trustProxy: readonly string[];
  maxWaiting: number;
  syncWaitMs: number;
  acceptLimits: Partial<AcceptLimits>;
  campaignLimits: Partial<CampaignLimits>;
  maxEventLoopDelayMs?: number;
  version: string;
}

export interface Api {
  app: FastifyInstance;
  /** True reasons why this process should get no work; empty when it should. */
  ready: () => Promise<string[]>;
  callersWaiting: () => number;
  /** Refuses newcomers, lets those inside finish for at most `withinMs`, then closes. */
  close(withinMs: number): Promise<void>;
}

const maxLines = 10_000;
/** Of the ten connections a process usually has. */
const longStatementsAtOnce = 3;
/**
 * A balancer takes a moment to notice that this process is not ready any more. Who came in that moment must hear 503 and
 * not a closed door: nobody may repeat a POST whose connection broke.
 */
const quietMs = 1_000;
const quietAtMostMs = 5_000;

/** One API process without its listener. It needs a migrated database, and a queue opened as producer. */
export async function openApi(parts: ApiParts): Promise<Api> {
  const { database, queue, metrics, logger, processId } = parts;
  const now = () => performance.now();
  const stopping = new AbortController();
  const lastCall = new AbortController();
  const quiet = createQuietWatch(now);
  const watch = watchChanges({
    readCounter: () => readChanges(database),
    now,
    onTrouble: (err) => logger.warn({ err }, 'the changes counter cannot be read; nothing cached counts until it can'),
  });
  const room = openWaitingRoom({
    maxPlaces: parts.maxWaiting,
    readOutcomes: (messageIds) => readOutcomes(database, messageIds),
  });
  const door = openDoor({
    database,
    watch,
    passwords: openPasswordDoor(),
    neverBanned: networksOf(['loopback', ...parts.trustProxy]),
    now,
    onBan: (address, reason) => logger.warn({ address, reason }, 'an address was banned'),
    hurryOthers: () => void queue.signals.hurry(),
  });
  const lines = createFreshCache<LineAtTheDoor>(watch, maxLines);
  const ready = readyWhen({
    running: untilStopping(stopping.signal),
    database: () => database.query('SELECT 1'),
    queue: () => queue.ping(),
  });

  const app = await buildApp({
    ...parts,
    door,
    room,
    ready,
    stopping: stopping.signal,
    lastCall: lastCall.signal,
    atOnce: createAtOnce(longStatementsAtOnce),
    limits: { ...usualCampaignLimits, ...parts.campaignLimits },
    heard: quiet.heard,
    accept: openAccept(database, (err) => logger.warn({ err }, 'a message could not be written'), parts.acceptLimits),
    findLine: (customerId, lineId) =>
      lines.get(`${customerId} ${lineId}`, () => findLine(database, customerId, lineId)),
    findMessage: (customerId, messageId) => findMessage(database, customerId, messageId),
    listMessages: (customerId, filter) => listMessages(database, customerId, filter),
    cancelMessage: (customerId, messageId) => cancelMessage(database, customerId, messageId),
  });
  const deaf = await Promise.all([
    queue.signals.onAnnounced(processId, room.announced),
    queue.signals.onHurry(() => void watch.hurry()),
  ]);
  answerMetrics(metrics, database, room);

  return {
    app,
    ready,
    callersWaiting: () => room.places().taken,
    async close(withinMs) {
      stopping.abort();
      const endAt = now() + withinMs;
      // The listener stays open meanwhile, so that newcomers hear 503 instead of nothing.
      await room.close(withinMs);
      await quiet.untilQuiet(quietMs, Math.min(quietAtMostMs, Math.max(0, endAt - now())));
      // Downloads may go on until now; a reader who is slower than that must not keep the process.
      const patience = setTimeout(() => lastCall.abort(), Math.max(0, endAt - now()));
      await app.close();
      clearTimeout(patience);
      watch.stop();
      await Promise.all(deaf.map((stopListening) => stopListening()));
    },
  };
}

function answerMetrics(metrics: Metrics<'api'>, database: Database, room: ReturnType<typeof openWaitingRoom>): void {
  metrics.ask('waitingRoomPlaces', () => {
    const { taken, free } = room.places();
    return [
      { labels: { state: 'taken' }, value: taken },
      { labels: { state: 'free' }, value: free },
    ];
  });
  metrics.ask('databasePoolConnections', () => poolReadings(database.poolUse()));
}
