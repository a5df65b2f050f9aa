import { randomBytes } from 'node:crypto';
import { readSettings, type SettingsOf } from '@pombo/config/read-settings.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { poolReadings } from '@pombo/db/pool-readings.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { readyWhen, untilStopping } from '@pombo/observe/health.ts';
import { createLogger } from '@pombo/observe/logger.ts';
import { createMetrics } from '@pombo/observe/metrics.ts';
import { offerOperations } from '@pombo/observe/operations-listener.ts';
import { refuseToStart, runProcess } from '@pombo/observe/run-process.ts';
import type { StopList } from '@pombo/observe/stop-list.ts';
import { openQueue } from '@pombo/queue/open-queue.ts';
import { queuePlaceOf } from '@pombo/queue/queue-place.ts';
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

  // The console sends nothing: the queue is here to be asked whether it answers.
  const queue = await openQueue({ place: queuePlaceOf(settings), role: 'producer', logger });
  stops.add('queue', () => queue.close());

  const ready = readyWhen({
    running: untilStopping(stops.stopping),
    database: () => database.query('SELECT 1'),
    queue: () => queue.ping(),
  });
  await offerOperations(settings, stops, { metrics, ready });
  const app = buildConsole({
    database,
    prisma,
    adminToken: settings.adminToken,
    trustProxy: settings.trustProxy,
    ready,
    now: () => new Date(),
    logger,
    processId: randomBytes(12).toString('base64url'),
    onError: (err) => logger.error({ err }, 'a page could not be shown'),
  });
  await app.listen({ host: settings.consoleHost, port: settings.consolePort });
  stops.add('pages', () => app.close());
}
