import type { QueuePlace } from './queue.ts';

/** Where the queue lives: on Redis when there is one, else beside the rows on PostgreSQL. */
export function queuePlaceOf({ databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string | null }): QueuePlace {
  return redisUrl ? { backend: 'redis', url: redisUrl } : { backend: 'postgres', url: databaseUrl };
}
