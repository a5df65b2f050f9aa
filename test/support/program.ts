import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endWithUs } from './end-with-us.ts';

const root = join(import.meta.dirname, '..', '..');
/** As `npm start` does it: hundreds of processes need not compile the same files each. */
const compileCache = join(root, 'node_modules', '.cache', 'pombo');

/** One of our processes, started as in production. */
export interface Program {
  readonly pid: number;
  /** Where it answers /healthz and /metrics. */
  readonly operationsUrl: string;
  /** Where the API answers, for an API. */
  readonly url: string;
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Ends it and waits until it is gone; resolves with its exit code, null when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** A second or two, but not on a machine that has much else to do. */
const readyWithinMs = 60_000;
/** The last of what a program has said. */
const mostKeptBytes = 200_000;

/** Starts `apps/<name>/src/main.ts` and resolves when it says that it is ready. */
export async function startProgram(name: string, environment: Record<string, string>): Promise<Program> {
  const child = spawn(process.execPath, [join(root, 'apps', name, 'src', 'main.ts')], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCache, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);

  const said: Buffer[] = [];
  let saidBytes = 0;
  const collect = (chunk: Buffer) => {
    said.push(chunk);
    saidBytes += chunk.length;
    while (saidBytes > mostKeptBytes && said.length > 1) saidBytes -= said.shift()?.length ?? 0;
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);

  const program: Program = {
    pid: child.pid ?? 0,
    operationsUrl: `http://127.0.0.1:${environment.METRICS_PORT}`,
    url: `http://127.0.0.1:${environment.API_PORT ?? environment.CONSOLE_PORT}`,
    output: () => Buffer.concat(said).toString(),
    signal: (signal) => void child.kill(signal),
    end: (signal) => end(child, signal),
  };
  try {
    await untilReady(program, child, name);
  } catch (error) {
    // Nobody holds it who could end it.
    child.kill('SIGKILL');
    throw error;
  }
  return program;
}

async function untilReady(program: Program, child: ChildProcess, name: string): Promise<void> {
  const giveUpAt = performance.now() + readyWithinMs;
  while (performance.now() < giveUpAt) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${program.output()}`);
    const answer = await fetch(`${program.operationsUrl}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await pause(50);
  }
  throw new Error(`${name} was not ready within ${readyWithinMs} ms: ${program.output()}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return child.exitCode;
}
