import { expect, test } from 'vitest';
import { signInWaitMs, signInWaits } from './sign-in-wait.ts';

test('the first failures cost nothing, then the wait doubles up to its limit', () => {
  const waits = Array.from({ length: 13 }, (_, failures) => signInWaitMs(signInWaits.name, failures) / 1000);
  expect(waits).toEqual([0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(signInWaitMs(signInWaits.name, 100_000)).toBe(300_000);
});
