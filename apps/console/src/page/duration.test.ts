import { expect, it } from 'vitest';
import { duration } from './duration.ts';

it.each([
  [-3, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [3_599, '59 min'],
  [3_660, '1 h 1 min'],
  [172_799, '47 h 59 min'],
  [180_000, '2 days 2 h'],
])('%d seconds are %s', (seconds, said) => {
  expect(duration(seconds)).toBe(said);
});
