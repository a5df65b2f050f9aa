import { readSettings, type SettingsOf } from '@pombo/config/read-settings.ts';
import { readyWhen, untilStopping } from '@pombo/observe/health.ts';
import { createLogger } from '@pombo/observe/logger.ts';
import { createMetrics } from '@pombo/observe/metrics.ts';
import { offerOperations } from '@pombo/observe/operations-listener.ts';
import { refuseToStart, runProcess } from '@pombo/observe/run-process.ts';
import type { StopList } from '@pombo/observe/stop-list.ts';
import { latencyOf } from './latency.ts';
import { openSimulator } from './simulator.ts';

const reading = readSettings(process.env, 'simulator');
if (reading.kind === 'invalid') refuseToStart('simulator', reading.sentences);
const { settings } = reading;
const logger = createLogger({ name: 'simulator', level: settings.logLevel });

await runProcess({ name: 'simulator', logger, deadlineMs: 5_000, start: (stops) => start(settings, stops) });

async function start(settings: SettingsOf<'simulator'>, stops: StopList): Promise<void> {
  const { simulatorLedger, simulatorAppSecret, simulatorLimitPerSecond } = settings;
  const simulator = await openSimulator({
    host: settings.simulatorHost,
    port: settings.simulatorPort,
    latency: latencyOf(settings.simulatorLatency),
    ...(simulatorLedger !== null && { ledgerFile: simulatorLedger }),
    ...(simulatorAppSecret !== null && { appSecret: simulatorAppSecret }),
    ...(simulatorLimitPerSecond !== null && { limitPerSecond: simulatorLimitPerSecond }),
  });
  stops.add('simulator', simulator.close);
  await offerOperations(settings, stops, {
    metrics: createMetrics({ process: 'simulator' }),
    // It leans on nobody, and it listens already.
    ready: readyWhen({ running: untilStopping(stops.stopping) }),
  });
  logger.info({ url: simulator.url }, 'the Graph simulator listens');
}
