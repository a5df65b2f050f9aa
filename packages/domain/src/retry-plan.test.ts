import { expect, it } from 'vitest';
import { retryDelayMs, retryPlanSeconds } from './retry-plan.ts';

it('spreads each delay by a fifth to either side and ends with the plan', () => {
  for (const [index, seconds] of retryPlanSeconds.entries()) {
    expect(retryDelayMs(index + 1, () => 0)).toBe(seconds * 800);
    expect(retryDelayMs(index + 1, () => 1)).toBe(seconds * 1200);
  }
  expect(retryDelayMs(retryPlanSeconds.length + 1, () => 0.5)).toBeNull();
});
