import type { Database } from './database.ts';

interface PoolReading {
  value: number;
  labels: { state: 'busy' | 'idle' | 'waiting' };
}

/** A pool's connections by what they do, and the callers in line for one, as a metric with the label `state`. */
export function poolReadings({ total, idle, waiting }: ReturnType<Database['poolUse']>): PoolReading[] {
  return [
    { value: total - idle, labels: { state: 'busy' } },
    { value: idle, labels: { state: 'idle' } },
    { value: waiting, labels: { state: 'waiting' } },
  ];
}
