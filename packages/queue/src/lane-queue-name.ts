import type { Lane } from '@pombo/domain/lane.ts';

/** One BullMQ queue per lane. Never one per line: each would need a worker with connections of its own. */
export function laneQueueName(lane: Lane): string {
  return `pombo-${lane}`;
}
