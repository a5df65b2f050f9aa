import type { LookableQueue } from './bull-queue.ts';
import { openPostgresQueue } from './postgres-backend.ts';
import type { QueueLogger, QueuePlace } from './queue.ts';
import { quietErrors } from './quiet-errors.ts';
import { openRedisQueue } from './redis-backend.ts';

/**
 * Opens the queue of one process. A `producer` may enqueue, wake, ask and signal; a `worker` may also consume.
 * On Redis it returns at once; on PostgreSQL it rejects when the database cannot be reached or was not migrated.
 */
export async function openQueue(options: {
  place: QueuePlace;
  role: 'producer' | 'worker';
  logger: QueueLogger;
  /** PostgreSQL only: connections for BullMQ. */
  poolSize?: number;
}): Promise<LookableQueue> {
  const { place, role, poolSize } = options;
  const report = quietErrors(options.logger);
  return place.backend === 'redis'
    ? openRedisQueue({ place, role, report })
    : openPostgresQueue({ url: place.url, role, report, poolSize });
}
