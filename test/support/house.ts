import { type Accept, type NewMessage, openAccept } from '@pombo/db/accept.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { createToken } from '@pombo/db/tokens.ts';
import type { Latency } from '@pombo/graph-simulator/latency.ts';
import { openSimulator, type Simulator } from '@pombo/graph-simulator/simulator.ts';
import type { LookableQueue } from '@pombo/queue/bull-queue.ts';
import { openQueue } from '@pombo/queue/open-queue.ts';
import { queuePlaceOf } from '@pombo/queue/queue-place.ts';
import { freePort } from './free-port.ts';
import { newMessage } from './new-message.ts';
import { startPostgres, type TestPostgres } from './postgres-server.ts';
import { type Program, startProgram } from './program.ts';
import { startRedis, type TestRedis } from './redis-server.ts';
import { testActor } from './test-actor.ts';
import { createTestLine } from './test-line.ts';

export type Backend = 'redis' | 'postgres';

/** A whole Pombo for one test: its own servers, its own database, a simulated Graph, and processes it may kill. */
export interface House {
  readonly backend: Backend;
  readonly postgres: TestPostgres;
  readonly redis: TestRedis | null;
  readonly databaseUrl: string;
  readonly database: Database;
  readonly simulator: Simulator;
  readonly queue: LookableQueue;
  readonly accept: Accept;
  readonly customerId: string;
  /** The account token. */
  readonly tsid: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A line with this pace; 0 for none. */
  addLine(pace: number): Promise<string>;
  startWorker(environment?: Record<string, string>): Promise<Program>;
  startApi(environment?: Record<string, string>): Promise<Program>;
  startConsole(environment?: Record<string, string>): Promise<Program>;
  /** Accepts messages to different recipients and puts them into their lane. */
  send(lineId: string, count: number, over?: Partial<NewMessage>): Promise<string[]>;
  stop(): Promise<void>;
}

const testSealKey = Buffer.alloc(32, 7);

/**
 * @param options.durable with a database as `npm start` runs it: for what is measured
 * @param options.redisAt where Redis is, instead of one of the house's own: `redis` is null then, and is not stopped
 */
export async function openHouse(options: {
  backend: Backend;
  redisAt?: { url: string; sentinels: readonly string[] };
  latency?: Latency;
  durable?: boolean;
}): Promise<House | null> {
  const redis = options.backend === 'redis' && !options.redisAt ? await startRedis() : null;
  const redisAt = options.redisAt ?? (redis && { url: redis.url, sentinels: [] });
  if (options.backend === 'redis' && redisAt === null) return null;
  const postgres = await startPostgres({ durable: options.durable });
  const databaseUrl = await postgres.migratedDatabase({ queue: !redisAt });

  const simulator = await openSimulator({ port: 0, latency: options.latency ?? 'none' });
  const database = openDatabase({ url: databaseUrl, poolSize: 8, name: 'test', onError: () => {} });
  const queue = await openQueue({
    place: queuePlaceOf({ databaseUrl, redisUrl: redisAt?.url ?? null, redisSentinels: redisAt?.sentinels ?? [] }),
    role: 'producer',
    logger: { info() {}, warn() {} },
  });
  const prisma = openPrisma(database);
  const seal = openSeal([testSealKey]);
  const customerId = await createCustomer(prisma, testActor, 'test');
  const tsid = await createToken(prisma, testActor, customerId, { maySend: true });
  // A test hands over as many at once as it likes.
  const accept = openAccept(database, () => {}, { maxWaiting: 1_000_000 });
  const programs: Program[] = [];

  const environment = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisAt?.url ?? '',
    REDIS_SENTINELS: redisAt?.sentinels.join() ?? '',
    GRAPH_BASE_URL: simulator.url,
    SEAL_KEY: testSealKey.toString('base64'),
    ADMIN_TOKEN: 'test-admin-token',
    LOG_LEVEL: 'warn',
  };

  async function start(program: string, own: Record<string, string>): Promise<Program> {
    const started = await startProgram(program, { ...environment, METRICS_PORT: String(await freePort()), ...own });
    programs.push(started);
    return started;
  }

  return {
    backend: options.backend,
    postgres,
    redis,
    databaseUrl,
    database,
    simulator,
    queue,
    accept,
    customerId,
    tsid,
    environment,
    addLine: (pace) => createTestLine(prisma, { customerId, pace }, seal),
    startWorker: (own = {}) => start('worker', own),
    startApi: async (own = {}) => start('api', { API_PORT: String(await freePort()), ...own }),
    startConsole: async (own = {}) => start('console', { CONSOLE_PORT: String(await freePort()), ...own }),
    async send(lineId, count, over = {}) {
      const ids = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const message = newMessage(await accept.drawId(), {
            customerId,
            lineId,
            dest: `${9_000_000 + index}`,
            ...over,
          });
          const result = await accept.accept(message);
          if (result.kind !== 'accepted') throw new Error(`not accepted: ${result.kind}`);
          return message.messageId;
        }),
      );
      if ((over.lane ?? 'bulk') === 'bulk') await queue.signals.ring([lineId]);
      else
        await queue.enqueue(
          'now',
          ids.map((messageId) => ({ messageId, release: 1 })),
        );
      return ids;
    },
    async stop() {
      await Promise.all(programs.map((program) => program.end('SIGKILL')));
      await queue.close();
      await database.close();
      await simulator.close();
      await redis?.stop();
      await postgres.stop();
    },
  };
}
