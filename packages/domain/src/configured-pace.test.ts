import { expect, it } from 'vitest';
import { readPace } from './configured-pace.ts';

it.each<[string, number | null]>([
  ['40', 40],
  [' 0.5 ', 0.5],
  ['0', 0],
  ['300', 300],
  ['300.1', null],
  ['0.0001', null],
  ['-1', null],
  ['', null],
  ['  ', null],
  ['many', null],
  ['Infinity', null],
])('reads %o as %o', (text, pace) => {
  expect(readPace(text)).toBe(pace);
});
