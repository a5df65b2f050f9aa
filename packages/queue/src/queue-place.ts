import type { QueuePlace } from './queue.ts';

/** Where the queue lives: on Redis when there is one, else beside the rows on PostgreSQL. */
export function queuePlaceOf(settings: {
  databaseUrl: string;
  redisUrl: string | null;
  redisSentinels: readonly string[];
}): QueuePlace {
  const { databaseUrl, redisUrl, redisSentinels } = settings;
  return redisUrl
    ? { backend: 'redis', url: redisUrl, sentinels: redisSentinels }
    : { backend: 'postgres', url: databaseUrl };
}
