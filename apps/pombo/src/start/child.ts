import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { followLines } from './log-lines.ts';

export interface ChildPlan {
  name: string;
  /** Its main.ts. */
  main: string;
  env: Record<string, string | undefined>;
  /** Whether it takes work yet. */
  ready: () => Promise<boolean>;
}

export interface Child {
  readonly name: string;
  /** Resolves when it is ready; rejects when it ended before that for the first time. */
  started: Promise<void>;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
  kill(): void;
}

const leash = join(import.meta.dirname, 'leash.mjs');
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** One that ran this long was not ended by the way it was started. */
const steadyMs = 60_000;

/** Keeps one process running: when it dies it is started again, after a pause that grows while it keeps dying. */
export function keepRunning(plan: ChildPlan, print: (line: string) => void): Child {
  const stopping = new AbortController();
  const started = Promise.withResolvers<void>();
  let current: ChildProcess | null = null;
  const life = live();

  async function live(): Promise<void> {
    let pauseMs = firstPauseMs;
    let everReady = false;
    while (!stopping.signal.aborted) {
      const bornAt = performance.now();
      const child = launch(plan, print);
      current = child;
      const gone = ending(child);
      const ready = await untilReady(plan, child, stopping.signal);
      if (ready) started.resolve();
      everReady ||= ready;
      const how = await gone;
      if (stopping.signal.aborted) return;
      if (!everReady)
        return started.reject(new Error(`The ${plan.name} did not start (${how}); its last lines say why.`));
      if (performance.now() - bornAt > steadyMs) pauseMs = firstPauseMs;
      print(`pombo     | The ${plan.name} ended (${how}). It is started again in ${pauseMs / 1000} s.`);
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  return {
    name: plan.name,
    started: started.promise,
    async stop() {
      stopping.abort();
      current?.kill('SIGTERM');
      await life;
    },
    kill: () => void current?.kill('SIGKILL'),
  };
}

function launch({ name, main, env }: ChildPlan, print: (line: string) => void): ChildProcess {
  const compileCache = getCompileCacheDir();
  const child = spawn(process.execPath, ['--import', leash, main], {
    env: { ...env, ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C in the terminal reaches the starter alone, which then stops everybody in order.
    detached: process.platform !== 'win32',
  });
  if (child.stdout) followLines(child.stdout, name, print);
  if (child.stderr) followLines(child.stderr, name, print);
  return child;
}

async function ending(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function untilReady(plan: ChildPlan, child: ChildProcess, stopping: AbortSignal): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined && !stopping.aborted) {
    if (await plan.ready()) return true;
    await pause(50);
  }
  return false;
}
