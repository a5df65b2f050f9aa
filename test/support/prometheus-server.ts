import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithUs } from './end-with-us.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const ops = new URL('../../ops/prometheus/', import.meta.url);

export const noPrometheus = 'no prometheus on the PATH: no alarm is made to ring by a real fault';

/** Whether there is a `prometheus` on the PATH. Where `CI` is set nothing may be skipped, so there it throws. */
export function hasPrometheus(): boolean {
  if (spawnSync('prometheus', ['--version']).status === 0) return true;
  if (process.env.CI) throw new Error(noPrometheus);
  process.stderr.write(`\n${'!'.repeat(100)}\n${noPrometheus}\n${'!'.repeat(100)}\n`);
  return false;
}

export type AlertState = 'inactive' | 'pending' | 'firing';

/** A Prometheus of the test's own, which looks at everything once a second. */
export interface TestPrometheus {
  /** Where each alarm stands, by its name. */
  alertStates(): Promise<Map<string, AlertState>>;
  /** What a question says now: labels and value of each series. */
  ask(question: string): Promise<{ metric: Record<string, string>; value: [at: number, value: string] }[]>;
  stop(): Promise<void>;
}

/**
 * Starts it on a free port of loopback, with its data in a folder that goes with it, as `ops/prometheus/prometheus.yml` has it
 * but for two things: it looks every second, and it is told its targets.
 *
 * @param options.alerts the text of `alerts.yml`
 * @param options.targets each `host:port`
 */
export async function startPrometheus(options: {
  alerts: string;
  targets: readonly string[];
}): Promise<TestPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'pombo-prometheus-'));
  await writeFile(join(folder, 'alerts.yml'), options.alerts);
  await writeFile(join(folder, 'prometheus.yml'), configFor(await theirs('prometheus.yml'), options.targets));
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
  });
  endWithUs(child);

  const get = async <Answer>(path: string): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: Answer }).data;
  };
  const isReady = () => fetch(`http://127.0.0.1:${port}/-/ready`).then(({ ok }) => ok, hasEnded);
  const hasEnded = () => {
    if (child.exitCode !== null) throw new Error(`prometheus ended: ${output}`);
    return false;
  };
  await until(isReady, 60_000, () => output);

  return {
    async alertStates() {
      const { groups } = await get<{ groups: { rules: { name: string; state: AlertState }[] }[] }>(
        '/api/v1/rules?type=alert',
      );
      return new Map(groups.flatMap(({ rules }) => rules.map(({ name, state }) => [name, state])));
    },
    async ask(question) {
      const { result } = await get<{ result: Awaited<ReturnType<TestPrometheus['ask']>> }>(
        `/api/v1/query?query=${encodeURIComponent(question)}`,
      );
      return result;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The text of a file that operators are given. */
export function theirs(name: 'alerts.yml' | 'prometheus.yml'): Promise<string> {
  return readFile(new URL(name, ops), 'utf8');
}

function configFor(config: string, targets: readonly string[]): string {
  const found = `static_configs:\n      - targets: ${JSON.stringify(targets)}\n`;
  const changed = config.replaceAll('_interval: 15s', '_interval: 1s').replace(/dns_sd_configs:\n(?: {6}.*\n)+/, found);
  if (!changed.includes(found) || !changed.includes('scrape_interval: 1s'))
    throw new Error('prometheus.yml has changed its shape');
  return changed;
}
