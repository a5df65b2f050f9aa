import type { SettingsOf } from '@pombo/config/read-settings.ts';
import { anyPort, wantPort } from './ports.ts';

type Settings = SettingsOf<'start'>;

type ProcessName = 'api' | 'worker' | 'console' | 'simulator';

export interface Ports {
  api: number;
  console: number;
  /** Null when GRAPH_BASE_URL names another Graph. */
  simulator: number | null;
  /** Of every process, in the order in which they are stopped. */
  metrics: { name: ProcessName; port: number }[];
}

/** Every port, free at this moment. Throws a Refusal where the one that was asked for is taken. */
export async function choosePorts(settings: Settings): Promise<Ports> {
  const { apiHost, consoleHost, simulatorHost } = settings;
  const simulated = settings.graphBaseUrl === null;
  return {
    api: await wantPort('the API', 'API_PORT', apiHost, settings.apiPort),
    console: await wantPort('the console', 'CONSOLE_PORT', consoleHost, settings.consolePort),
    simulator: simulated
      ? await wantPort('the Graph simulator', 'SIMULATOR_PORT', simulatorHost, settings.simulatorPort)
      : null,
    metrics: await metricsPorts(settings, ['api', 'worker', 'console', ...(simulated ? (['simulator'] as const) : [])]),
  };
}

async function metricsPorts(settings: Settings, names: readonly ProcessName[]): Promise<Ports['metrics']> {
  const ports: Ports['metrics'] = [];
  for (const [offset, name] of names.entries()) ports.push({ name, port: await metricsPort(settings, offset) });
  return ports;
}

const usualMetricsPort = 9464;

/** One after the other from METRICS_PORT; unset, from the usual one, or wherever there is room. */
function metricsPort({ metricsHost, metricsPort: first }: Settings, offset: number): Promise<number> {
  if (first === null) return anyPort(metricsHost, usualMetricsPort + offset);
  return wantPort('the metrics', 'METRICS_PORT', metricsHost, first === 0 ? 0 : first + offset);
}

export interface Addresses {
  api: string;
  console: string;
  simulator: string | null;
  graph: string;
  metrics: { name: ProcessName; port: number; url: string }[];
}

export function addressesOf(settings: Settings, ports: Ports): Addresses {
  const simulator = ports.simulator === null ? null : url(settings.simulatorHost, ports.simulator);
  return {
    api: url(settings.apiHost, ports.api),
    console: url(settings.consoleHost, ports.console),
    simulator,
    graph: settings.graphBaseUrl ?? simulator ?? '',
    metrics: ports.metrics.map(({ name, port }) => ({ name, port, url: url(settings.metricsHost, port) })),
  };
}

/** An address one can open: whoever listens everywhere is reached here. */
function url(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
