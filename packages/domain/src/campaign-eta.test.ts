import { expect, it } from 'vitest';
import { etaOf } from './campaign-eta.ts';
import { readCounts } from './campaign-state.ts';

const now = new Date('2026-11-23T12:00:00Z');
const counts = readCounts(
  new Map([
    ['waiting', 50],
    ['queued', 40],
    ['sending', 10],
    ['sent', 900],
  ]),
);

it('ends when those who are left have been tried', () => {
  expect(etaOf('running', 10, counts, now)).toEqual(new Date('2026-11-23T12:00:10Z'));
  expect(etaOf('finishing', 10, counts, now)).toEqual(new Date('2026-11-23T12:00:10Z'));
});

it('is not known while nothing is sent', () => {
  expect(etaOf('paused', 10, counts, now)).toBeNull();
  expect(etaOf('running', 0.05, counts, now)).toBeNull();
});

it('stays a moment, however long it would take', () => {
  const many = { ...counts, waiting: Number.MAX_SAFE_INTEGER };
  expect(etaOf('running', 0.06, many, now)?.getTime()).toBe(8.64e15);
});
