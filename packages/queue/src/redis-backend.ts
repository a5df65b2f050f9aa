import { createRedisBackend, type RedisQueueBackend } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { bullQueue, type LookableQueue } from './bull-queue.ts';
import { laneQueueName } from './lane-queue-name.ts';
import type { RedisPlace } from './queue.ts';
import type { Report } from './quiet-errors.ts';
import { whereRedisIs } from './redis-address.ts';
import { signalsOver } from './signals.ts';
import { redisWire } from './signals-redis.ts';
import { within } from './time-box.ts';

/** Idle connections are asked this often, so that a silent one is noticed after this plus `socketTimeout`. */
const heartbeatMs = 5_000;

/** Settings every connection has. */
const steady = {
  connectTimeout: 2_000,
  keepAlive: 5_000,
  // A socket that owes an answer and has been silent this long is dropped and re-made. Longer than `drainDelay`: a
  // worker waiting for work is silent that long.
  socketTimeout: 8_000,
  // A failover leaves us connected to what is now a replica.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
  retryStrategy: nextTryMs,
  sentinelRetryStrategy: nextTryMs,
  // A sentinel that is silent must not keep us from asking the next.
  sentinelCommandTimeout: 1_000,
} satisfies RedisOptions;

/** The first tries come quickly, later ones once a second. */
function nextTryMs(times: number): number {
  return Math.min(50 * 2 ** times, 1_000);
}

/** For adding and asking: an error now is worth more than an answer later. The row is there, the sweep adds it again. */
const hasty = {
  ...steady,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 1,
  commandTimeout: 1_000,
} satisfies RedisOptions;

/** For workers and for the subscriber: commands wait for the connection to come back. BullMQ demands the null. */
const patient = { ...steady, maxRetriesPerRequest: null } satisfies RedisOptions;

/** The most entries BullMQ keeps of its event stream, which nobody reads. Trimming is approximate. */
const eventsKept = 1_000;

const workerOptions = {
  // How long a worker may be out of touch before its job is given to another. Renewed every quarter of it.
  lockDuration: 12_000,
  // How often jobs of vanished workers are looked for: a crash delays
  // what its worker had fetched and not claimed by 12 to 20 s.
  stalledInterval: 4_000,
  // Beyond this count BullMQ would fail the job without asking us. The row decides how often is too often, not BullMQ.
  maxStalledCount: 1_000_000,
  // How long one wait for work lasts. Short, because it is also how soon a lost wake-up or socket is noticed.
  drainDelay: 5,
  // Ids must be free for the sweep to add again, and history is in the rows. Said here and not in each job: it keeps a
  // job's options below 64 bytes, and thereby the Redis hash of one with a single note a listpack of a third of the size.
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
};

/**
 * The queue on Redis. Returns at once also when Redis is away: it connects when it can, and `enqueue` rejects until then.
 * A producer has two connections, a worker three, and one more per consumer.
 */
export function openRedisQueue(options: {
  place: RedisPlace;
  role: 'producer' | 'worker';
  report: Report;
}): LookableQueue {
  const { place, role, report } = options;
  const producer = connect('producer', hasty);
  const subscriber = connect('subscriber', patient);
  const worker = role === 'worker' ? connect('worker', patient) : undefined;
  const connections = [producer, subscriber, ...(worker ? [worker] : [])];
  const heartbeat = setInterval(() => connections.forEach(askForLife), heartbeatMs).unref();

  function connect(name: string, settings: typeof hasty | typeof patient): Redis {
    const client = new Redis(place.url, { ...settings, ...whereRedisIs(place), connectionName: `pombo ${name}` });
    client.on('error', (error) => report(`redis ${name}`, error));
    client.on('sentinelError', (error: Error) => report('redis sentinel', error));
    return client;
  }

  // The answer does not matter: a missing one makes `socketTimeout` drop the connection.
  function askForLife(client: Redis): void {
    if (client.status === 'ready') client.ping().catch((error: unknown) => report('redis heartbeat', error));
  }

  // BullMQ writes this once per process, and keeps 10 000 events when it is missing; Redis may have been emptied since.
  producer.on('ready', () => {
    for (const lane of ['now', 'bulk'] as const) {
      producer
        .hset(`bull:${laneQueueName(lane)}:meta`, 'opts.maxLenEvents', eventsKept)
        .catch((error: unknown) => report('redis meta', error));
    }
  });

  return bullQueue({
    backend: 'redis',
    factory: createRedisBackend,
    producer,
    worker,
    queueOptions: {
      // Without these two, BullMQ waits for Redis before every first command instead of letting it fail.
      skipWaitingForReady: true,
      skipVersionCheck: true,
      skipMetasUpdate: true,
      streams: { events: { maxLen: eventsKept } },
    },
    workerOptions,
    jobOptions: {},
    signals: signalsOver(redisWire(producer, subscriber, report), report),
    report,
    ping: async () => void (await producer.ping()),
    beforeClose: endReconnecting,
    async disconnect() {
      clearInterval(heartbeat);
      await Promise.all(connections.map(leave));
    },
  });
}

/**
 * ioredis, told to disconnect while it waits for its next try, stays so for ever, and so does whoever waits for its end
 * (BullMQ does). Starting the try first gives it something to end.
 */
function stopWaiting(client: { status: string; connect(): Promise<unknown> }): void {
  if (client.status === 'reconnecting') client.connect().catch(() => {});
}

function endReconnecting(backend: RedisQueueBackend): void {
  backend.blockingClient?.then(stopWaiting, () => {});
}

async function leave(client: Redis): Promise<void> {
  if (client.status === 'ready') await within(1_000, 'quit', client.quit()).catch(() => {});
  if (client.status === 'end') return;
  stopWaiting(client);
  client.disconnect();
}
