import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startServer, type TestRedis } from './redis-server.ts';
import { until } from './until.ts';

/** Two Redis, of which the second copies the first, and three sentinels that watch over them. */
export interface WatchedRedis {
  /** With the name of the master for a host, a password and a database. */
  readonly url: string;
  /** Each as `host:port`. */
  readonly sentinels: readonly string[];
  readonly first: TestRedis;
  readonly second: TestRedis;
  readonly watchers: readonly TestRedis[];
  /** The port of the master, as the sentinels that answer see it; null when none does. */
  masterPort(): Promise<number | null>;
  /** Resolves once `server` copies `master`, and nothing is missing. */
  untilCopying(server: TestRedis, master: TestRedis): Promise<void>;
  stop(): Promise<void>;
}

const masterName = 'PomboMaster';
const password = 'hush';

/** Null, and said, where there is no Redis; see `hasRedis`. */
export async function startWatchedRedis(): Promise<WatchedRedis | null> {
  const first = await startCopier();
  if (!first) return null;
  const second = there(await startCopier([`replicaof 127.0.0.1 ${first.port}`]));
  await untilCopying(second, first);
  const watchers = (await Promise.all([1, 2, 3].map(() => startSentinel(first.port)))).map(there);
  await Promise.all(watchers.map(hurry));
  await Promise.all(watchers.map((watcher) => untilWatching(watcher, watchers.length)));

  return {
    url: `redis://default:${password}@${masterName}/2`,
    sentinels: watchers.map(({ port }) => `127.0.0.1:${port}`),
    first,
    second,
    watchers,
    async masterPort() {
      const answers = await Promise.all(watchers.map((watcher) => masterBy(watcher).catch(() => null)));
      return answers.find((port) => port !== null) ?? null;
    },
    untilCopying,
    async stop() {
      await Promise.all([...watchers, first, second].map((server) => server.stop()));
    },
  };
}

/** A Redis that writes into its file what the sentinels make of it, so that it is still that when it starts again. */
function startCopier(more: readonly string[] = []): Promise<TestRedis | null> {
  return startWithFile(['save ""', 'appendonly yes', `requirepass ${password}`, `masterauth ${password}`, ...more]);
}

function startSentinel(masterPort: number): Promise<TestRedis | null> {
  const lines = [
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
    `sentinel auth-pass ${masterName} ${password}`,
    `sentinel down-after-milliseconds ${masterName} 1000`,
    `sentinel failover-timeout ${masterName} 3000`,
  ];
  return startWithFile(lines, ['--sentinel']);
}

function startWithFile(lines: readonly string[], flags: readonly string[] = []): Promise<TestRedis | null> {
  return startServer(async ({ port, folder }) => {
    const file = join(folder, 'own.conf');
    await writeFile(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...lines, ''].join('\n'));
    return [file, ...flags];
  });
}

/** They find each other, and an old master that came back, in a tenth of the time. A Redis before 7 cannot: it takes longer. */
async function hurry(sentinel: TestRedis): Promise<void> {
  const periods = ['INFO-PERIOD', '1000', 'PUBLISH-PERIOD', '200'];
  await ask(sentinel, null, (redis) => redis.call('SENTINEL', 'DEBUG', ...periods)).catch(() => {});
}

/** It knows the copy and all other sentinels: only then can it carry out a failover. */
async function untilWatching(watcher: TestRedis, sentinels: number): Promise<void> {
  await until(async () => {
    const facts = await ask(watcher, null, (redis) => redis.call('SENTINEL', 'MASTER', masterName));
    const said = Array.isArray(facts) ? facts : [];
    const told = (name: string): unknown => said[said.indexOf(name) + 1];
    return told('num-slaves') === '1' && told('num-other-sentinels') === String(sentinels - 1);
  });
}

async function masterBy(watcher: TestRedis): Promise<number | null> {
  const address = await ask(watcher, null, (redis) => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName));
  return Array.isArray(address) ? Number(address[1]) : null;
}

async function untilCopying(server: TestRedis, master: TestRedis): Promise<void> {
  await until(async () => {
    const told = await ask(server, password, (redis) => redis.info('replication')).catch(() => '');
    return told.includes(`master_port:${master.port}\r`) && told.includes('master_link_status:up');
  });
}

async function ask<Answer>(
  server: TestRedis,
  secret: string | null,
  question: (redis: Redis) => Promise<Answer>,
): Promise<Answer> {
  const redis = new Redis(server.port, '127.0.0.1', {
    protocol: 2,
    enableReadyCheck: false,
    retryStrategy: null,
    ...(secret && { password: secret }),
  });
  redis.on('error', () => {});
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

function there(server: TestRedis | null): TestRedis {
  if (server === null) throw new Error('the first Redis started, and this one did not');
  return server;
}
