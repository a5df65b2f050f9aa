import { parseLatency } from './latency.ts';
import { openSimulator, type Simulator, type SimulatorOptions } from './simulator.ts';

/** SIMULATOR_HOST, _PORT, _LATENCY (meta, none or ms), _LEDGER (a file), _APP_SECRET, _LIMIT_PER_SECOND. */
function readOptions(env: NodeJS.ProcessEnv): SimulatorOptions {
  const latency = parseLatency(env.SIMULATOR_LATENCY ?? 'meta');
  if (latency === null) throw new Error('SIMULATOR_LATENCY is meta, none, or a number of milliseconds');
  return {
    host: env.SIMULATOR_HOST ?? '127.0.0.1',
    port: numberOf(env.SIMULATOR_PORT, 'SIMULATOR_PORT') ?? 8090,
    latency,
    ...optional('ledgerFile', env.SIMULATOR_LEDGER),
    ...optional('appSecret', env.SIMULATOR_APP_SECRET),
    ...optional('limitPerSecond', numberOf(env.SIMULATOR_LIMIT_PER_SECOND, 'SIMULATOR_LIMIT_PER_SECOND')),
  };
}

function numberOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${name} is a whole number`);
  return Number(text);
}

function optional<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined || value === '' ? {} : ({ [name]: value } as { [key in K]: V });
}

function stopOnSignal(simulator: Simulator): void {
  const stop = () => {
    simulator.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  const simulator = await openSimulator(readOptions(process.env));
  stopOnSignal(simulator);
  process.stdout.write(`${JSON.stringify({ level: 'info', msg: 'graph simulator ready', url: simulator.url })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
