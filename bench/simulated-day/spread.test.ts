import { expect, it } from 'vitest';
import { evenShares } from './even-shares.ts';
import { openSpread } from './spread.ts';

it('a spread knows its quantiles to 2 %', () => {
  const spread = openSpread();
  expect(spread.quantile(0.5)).toBeNaN();
  for (let n = 1; n <= 10_000; n += 1) spread.add(n);
  expect(Math.abs(spread.quantile(0.5) / 5_000 - 1)).toBeLessThan(0.02);
  expect(Math.abs(spread.quantile(0.99) / 9_900 - 1)).toBeLessThan(0.02);
  expect([spread.count(), spread.largest()]).toEqual([10_000, 10_000]);
});

it('nobody gets more than it can use, and the others share what is left', () => {
  expect(evenShares([100, 10, 100], 110)).toEqual([50, 10, 50]);
  expect(evenShares([5, 5], 100)).toEqual([5, 5]);
});
