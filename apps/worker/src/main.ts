import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { readSettings, type SettingsOf } from '@pombo/config/read-settings.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { sayAlive, sayGone } from '@pombo/db/processes.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { openGraphClient } from '@pombo/graph/client.ts';
import { readyWhen, untilStopping } from '@pombo/observe/health.ts';
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
import { createActivity } from './activity.ts';
import { answerMetrics, mostLines } from './answer-metrics.ts';
import { createLineCounters } from './line-counters.ts';
import { openWorker } from './worker.ts';

const reading = readSettings(process.env, 'worker');
if (reading.kind === 'invalid') refuseToStart('worker', reading.sentences);
const { settings } = reading;
const logger = createLogger({ name: 'worker', level: settings.logLevel });

await runProcess({ name: 'worker', logger, deadlineMs: 98_000, start: (stops) => start(settings, stops) });

async function start(settings: SettingsOf<'worker'>, stops: StopList): Promise<void> {
  const name = `${hostname()}:${process.pid}`;
  const metrics = createMetrics({ process: 'worker' });
  // First, so that it is stopped last and hears of every delivery.
  const tracing = await openTracing({ environment: process.env, process: 'worker', instance: name, logger }, stops);
  const database = openDatabase({
    url: settings.databaseUrl,
    poolSize: settings.databasePoolSize,
    name: 'pombo worker',
    // A worker waits for the database: it has nobody to answer to meanwhile.
    connectTimeoutMs: 5_000,
    onError: (err) => logger.warn({ err }, 'an idle database connection was lost'),
  });
  stops.add('database', database.close);
  await database.query('SELECT 1');

  const queue = await openQueue({ place: queuePlaceOf(settings), role: 'worker', logger });
  stops.add('queue', () => queue.close());

  const graph = openGraphClient({
    baseUrl: settings.graphBaseUrl,
    apiVersion: settings.graphApiVersion,
    connections: settings.workerConcurrency + settings.workerNowConcurrency,
  });
  stops.add('graph client', () => graph.close());

  const lineCounters = createLineCounters(metrics, mostLines);
  answerMetrics(metrics, { database, queue, lineCounters });
  const slots = { now: settings.workerNowConcurrency, bulk: settings.workerConcurrency };
  const activity = createActivity(slots, () => performance.now());
  const worker = await openWorker({
    name,
    database,
    queue,
    graph,
    seal: openSeal(settings.sealKeys.map((key) => Buffer.from(key, 'base64'))),
    defaultAppSecret: settings.graphAppSecret,
    retentionDays: settings.retentionDays,
    backlogHorizonMs: settings.backlogHorizonHours * 3_600_000,
    slots,
    activity,
    metrics,
    lineCounters,
    deliveryTracing: tracing && { tracing, messagesUrl: graph.messagesUrl },
    logger,
    random: Math.random,
  });

  const ready = readyWhen({
    running: untilStopping(stops.stopping),
    database: () => database.query('SELECT 1'),
    queue: () => queue.ping(),
  });
  await offerOperations(settings, stops, { metrics, ready });
  const self = { id: randomUUID(), name, kind: 'worker', version: manifest.version, host: hostname() } as const;
  const heartbeat = openHeartbeat({
    sayAlive: ({ upSeconds, eventLoopDelayMs }) =>
      sayAlive(database, self, upSeconds, { pool: database.poolUse(), eventLoopDelayMs, ...activity.now() }),
    sayGone: () => sayGone(database, self),
    logger,
  });
  stops.add('heartbeat', heartbeat.close);
  // Last in, first out: the listener answers "not ready" until the lanes are drained.
  stops.add('lanes', worker.close);
}
