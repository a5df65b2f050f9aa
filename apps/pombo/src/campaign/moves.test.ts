import { expect, test } from 'vitest';
import { timeAt } from './moves.ts';
import { variable } from './settings.ts';

test('a time has a zone, or is of this machine', () => {
  expect(timeAt('2026-12-24T09:00-03:00')).toBe('2026-12-24T12:00:00.000Z');
  expect(timeAt('2026-12-24 09:00')).toBe(new Date('2026-12-24T09:00').toISOString());
  for (const wrong of ['noon', '2026-12-24', '5', '2026-13-24T09:00', '2026-02-30T09:00'])
    expect(() => timeAt(wrong)).toThrow();
});

test('values are collected by their names, and the first = divides', () => {
  expect(variable('b=x=y', variable('a=1'))).toEqual({ a: '1', b: 'x=y' });
  expect(variable('a=')).toEqual({ a: '' });
  expect(() => variable('=x')).toThrow();
});
