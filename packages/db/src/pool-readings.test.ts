import { expect, test } from 'vitest';
import { poolReadings } from './pool-readings.ts';

test('what is neither idle nor waiting is busy', () => {
  expect(poolReadings({ total: 7, idle: 3, waiting: 5 })).toEqual([
    { value: 4, labels: { state: 'busy' } },
    { value: 3, labels: { state: 'idle' } },
    { value: 5, labels: { state: 'waiting' } },
  ]);
});
