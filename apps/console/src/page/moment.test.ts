import { expect, it } from 'vitest';
import { clock, duration } from './moment.ts';

it.each<[number, string]>([
  [-3, '0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [3599, '59 min'],
  [3600, '1 h'],
  [3660, '1 h 1 min'],
  [86_400, '1 d'],
  [90_000, '1 d 1 h'],
])('says %d seconds as %s', (seconds, said) => {
  expect(duration(seconds)).toBe(said);
});

it('says a moment in UTC', () => {
  expect(clock(new Date('2026-11-23T15:00:01.999+03:00'))).toBe('2026-11-23 12:00:01');
});
