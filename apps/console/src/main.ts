import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { readSettings, type SettingsOf } from '@pombo/config/read-settings.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { poolReadings } from '@pombo/db/pool-readings.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { sayAlive, sayGone } from '@pombo/db/processes.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { readyWhen, untilStopping } from '@pombo/observe/health.ts';
import { openHeartbeat } from '@pombo/observe/heartbeat.ts';
import { createLogger } from '@pombo/observe/logger.ts';
import { createMetrics } from '@pombo/observe/metrics.ts';
import { offerOperations } from '@pombo/observe/operations-listener.ts';
import { refuseToStart, runProcess } from '@pombo/observe/run-process.ts';
import type { StopList } from '@pombo/observe/stop-list.ts';
import { openQueue } from '@pombo/queue/open-queue.ts';
import { queuePlaceOf } from '@pombo/queue/queue-place.ts';
import manifest from '../package.json' with { type: 'json' };
import { buildConsole } from './app.ts';

const reading = readSettings(process.env, 'console');
if (reading.kind === 'invalid') refuseToStart('console', reading.sentences);
const { settings } = reading;
const logger = createLogger({ name: 'console', level: settings.logLevel });

await runProcess({ name: 'console', logger, deadlineMs: 10_000, start: (stops) => start(settings, stops) });

async function start(settings: SettingsOf<'console'>, stops: StopList): Promise<void> {
  const metrics = createMetrics({ process: 'console' });
  const database = openDatabase({
    url: settings.databaseUrl,
    poolSize: Math.min(settings.databasePoolSize, 5),
    name: 'pombo console',
    onError: (err) => logger.warn({ err }, 'an idle database connection was lost'),
  });
  stops.add('database', database.close);
  const prisma = openPrisma(database);
  stops.add('prisma', () => prisma.$disconnect());
  metrics.ask('databasePoolConnections', () => poolReadings(database.poolUse()));

  // The console sends nothing: the queue is here to be looked at, and to be asked whether it answers.
  const queue = await openQueue({ place: queuePlaceOf(settings), role: 'producer', logger });
  stops.add('queue', () => queue.close());

  const ready = readyWhen({
    running: untilStopping(stops.stopping),
    database: () => database.query('SELECT 1'),
    queue: () => queue.ping(),
  });
  await offerOperations(settings, stops, { metrics, ready });
  const self = {
    id: randomUUID(),
    name: `${hostname()}:${process.pid}`,
    kind: 'console',
    version: manifest.version,
    host: hostname(),
  } as const;
  const app = buildConsole({
    database,
    prisma,
    laneQueues: queue.laneQueues,
    adminToken: settings.adminToken,
    trustProxy: settings.trustProxy,
    seal: openSeal(settings.sealKeys.map((key) => Buffer.from(key, 'base64'))),
    graph: {
      baseUrl: settings.graphBaseUrl,
      apiVersion: settings.graphApiVersion,
      appSecret: settings.graphAppSecret,
    },
    backlogHorizonMs: settings.backlogHorizonHours * 3_600_000,
    ready,
    now: () => new Date(),
    logger,
    processId: self.id,
    onError: (err) => logger.error({ err }, 'a page could not be shown'),
  });
  const heartbeat = openHeartbeat({
    sayAlive: ({ upSeconds, eventLoopDelayMs }) =>
      sayAlive(database, self, upSeconds, { pool: database.poolUse(), eventLoopDelayMs }),
    sayGone: () => sayGone(database, self),
    logger,
  });
  stops.add('heartbeat', heartbeat.close);
  await app.listen({ host: settings.consoleHost, port: settings.consolePort });
  stops.add('pages', () => app.close());
}
