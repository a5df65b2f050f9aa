import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { readSettings, type SettingsOf } from '@pombo/config/read-settings.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { sayAlive, sayGone } from '@pombo/db/processes.ts';
import { openHeartbeat } from '@pombo/observe/heartbeat.ts';
import { createLogger } from '@pombo/observe/logger.ts';
import { createMetrics } from '@pombo/observe/metrics.ts';
import { offerOperations } from '@pombo/observe/operations-listener.ts';
import { refuseToStart, runProcess } from '@pombo/observe/run-process.ts';
import type { StopList } from '@pombo/observe/stop-list.ts';
import { openTracing } from '@pombo/observe/tracing.ts';
import { openQueue } from '@pombo/queue/open-queue.ts';
import { queuePlaceOf } from '@pombo/queue/queue-place.ts';
import manifest from '../package.json' with { type: 'json' };
import { openApi } from './api.ts';

const reading = readSettings(process.env, 'api');
if (reading.kind === 'invalid') refuseToStart('api', reading.sentences);
const { settings } = reading;
const logger = createLogger({ name: 'api', level: settings.logLevel });

/** Callers inside get this long; the rest of the deadline is for closing what they used. */
const drainMs = 25_000;

await runProcess({ name: 'api', logger, deadlineMs: 30_000, start: (stops) => start(settings, stops) });

async function start(settings: SettingsOf<'api'>, stops: StopList): Promise<void> {
  const processId = randomBytes(12).toString('base64url');
  const metrics = createMetrics({ process: 'api' });
  // First, so that it is stopped last and hears of everybody who was still inside.
  const tracing = await openTracing({ environment: process.env, process: 'api', instance: processId, logger }, stops);
  const database = openDatabase({
    url: settings.databaseUrl,
    poolSize: settings.databasePoolSize,
    name: 'pombo api',
    onError: (err) => logger.warn({ err }, 'an idle database connection was lost'),
  });
  stops.add('database', database.close);
  await database.query('SELECT 1');

  const queue = await openQueue({ place: queuePlaceOf(settings), role: 'producer', logger });
  stops.add('queue', () => queue.close());

  const api = await openApi({
    database,
    queue,
    metrics,
    logger,
    tracing,
    processId,
    trustProxy: settings.trustProxy,
    maxWaiting: settings.apiMaxWaiting,
    syncWaitMs: settings.syncWaitMs,
    acceptLimits: { backlogHorizonMs: settings.backlogHorizonHours * 3_600_000 },
    campaignLimits: { maxRecipients: settings.campaignMaxRecipients, maxStreams: settings.sseMaxStreams },
    version: manifest.version,
  });
  await offerOperations(settings, stops, { metrics, ready: api.ready });
  const self = {
    id: randomUUID(),
    name: `${hostname()}:${process.pid}`,
    kind: 'api',
    version: manifest.version,
    host: hostname(),
  } as const;
  const heartbeat = openHeartbeat({
    sayAlive: ({ upSeconds, eventLoopDelayMs }) =>
      sayAlive(database, self, upSeconds, {
        pool: database.poolUse(),
        eventLoopDelayMs,
        callersWaiting: api.callersWaiting(),
      }),
    sayGone: () => sayGone(database, self),
    logger,
  });
  stops.add('heartbeat', heartbeat.close);
  stops.add('listener', () => api.close(drainMs));
  await api.app.listen({ host: settings.apiHost, port: settings.apiPort });
}
