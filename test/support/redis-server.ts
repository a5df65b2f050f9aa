import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endWithUs } from './end-with-us.ts';
import { freePort } from './free-port.ts';

/** A Redis of the test's own, which it may kill, freeze and bring back on the same port. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Ends it, as a crash (SIGKILL) or in order (SIGTERM). It is over when this resolves. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** It stops answering, and no connection is closed; `thaw` lets it go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Starts it again where it was, after ending it if it still runs. Resolves when it answers. */
  restart(options?: { keepData?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Whether there is a `redis-server` or `valkey-server` on the PATH. If not, it says so loudly; where `CI` is set it
 * throws, because there nothing may be skipped.
 */
export function hasRedis(): boolean {
  if (redisBinary()) return true;
  const sentence = 'no redis-server and no valkey-server on the PATH: the Redis half of these tests is SKIPPED';
  if (process.env.CI) throw new Error(sentence);
  console.warn(`\n${'!'.repeat(100)}\n${sentence}\n${'!'.repeat(100)}\n`);
  return false;
}

/** Starts the server found on the PATH, on a free port, with a data folder of its own; null as `hasRedis` says. */
export function startRedis(): Promise<TestRedis | null> {
  return startServer(async ({ port, folder }) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'],
  ]);
}

/** The same with other arguments; `argumentsFor` is asked once. */
export async function startServer(
  argumentsFor: (place: { port: number; folder: string }) => Promise<string[]>,
): Promise<TestRedis | null> {
  const binary = redisBinary();
  if (!binary) {
    hasRedis();
    return null;
  }

  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'pombo-redis-'));
  const ownArguments = await argumentsFor({ port, folder });
  let server = await launch();

  async function launch(): Promise<ChildProcess> {
    const child = spawn(binary ?? '', ownArguments, { stdio: 'ignore' });
    endWithUs(child);
    await untilItAnswers(child, port);
    return child;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: end,
    async freeze() {
      server.kill('SIGSTOP');
    },
    async thaw() {
      server.kill('SIGCONT');
    },
    async restart({ keepData = true } = {}) {
      await end('SIGKILL');
      if (!keepData) await rm(join(folder, 'appendonlydir'), { recursive: true, force: true });
      server = await launch();
    },
    async stop() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function redisBinary(): string | undefined {
  return onPath('redis-server') ?? onPath('valkey-server');
}

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function untilItAnswers(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (child.exitCode !== null) throw new Error(`redis-server ended at once with code ${child.exitCode}`);
    if (await pongs(port)) return;
    await pause(25);
  }
  throw new Error('redis-server did not answer within 10 s');
}

function pongs(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('data', (data) => answer(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.once('error', () => answer(false));
    socket.setTimeout(500, () => answer(false));
  });
}
