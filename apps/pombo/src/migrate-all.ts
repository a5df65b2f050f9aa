import { migrate } from '@pombo/db/migrate.ts';
import { migrateQueue } from '@pombo/queue/migrate-queue.ts';

/** Our tables first, then the queue's, unless the queue lives on Redis. Safe to repeat and from several at once. */
export async function migrateAll(databaseUrl: string, redisUrl: string | null): Promise<{ applied: string[] }> {
  const done = await migrate(databaseUrl);
  if (redisUrl === null) await migrateQueue(databaseUrl);
  return done;
}
