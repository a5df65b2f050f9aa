import { expect, it } from 'vitest';
import { grouped, percentOf, rateWord } from './figures.ts';

it('groups the digits of a number', () => expect(grouped(1234567)).toBe('1,234,567'));

it('says nothing is done, or everything, only when it is so', () => {
  expect(percentOf(0, 0)).toBe('0 %');
  expect(percentOf(0, 10)).toBe('0 %');
  expect(percentOf(1, 1_000_000)).toBe('below 0.1 %');
  expect(percentOf(1, 3)).toBe('33.3 %');
  expect(percentOf(999_999, 1_000_000)).toBe('above 99.9 %');
  expect(percentOf(10, 10)).toBe('100 %');
});

it('says no rate that would be said as none', () => {
  expect(rateWord(2)).toBe('2.0');
  expect(rateWord(0.05)).toBe('0.1');
  expect(rateWord(0.04)).toBeNull();
});
