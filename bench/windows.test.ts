import { describe, expect, it } from 'vitest';
import { gaps, mostWithin, rates } from './windows.ts';

const everySecond = (perSecond: number, seconds: number) =>
  Array.from({ length: perSecond * seconds }, (_, n) => (n * 1000) / perSecond);

describe('the most events in any stretch of time', () => {
  it('of an even stream is its pace', () => {
    expect(mostWithin(everySecond(40, 10), 1000)).toBe(40);
  });

  it('does not count an event exactly one stretch later', () => {
    expect(mostWithin([0, 1000], 1000)).toBe(1);
    expect(mostWithin([0, 999.999], 1000)).toBe(2);
  });

  it('finds a burst wherever it is, and in whatever order the events come', () => {
    expect(mostWithin([5300, 100, 5100, 9000, 5200, 5050], 1000)).toBe(4);
  });

  it('is zero of nothing', () => {
    expect(mostWithin([], 1000)).toBe(0);
  });
});

describe('rates', () => {
  it('of an even stream are all the same', () => {
    const found = rates(everySecond(40, 30), { from: 2000, until: 30_000, lengthMs: 10_000, stepMs: 100 });
    expect(found).toHaveLength(181);
    expect(Math.min(...found)).toBe(40);
    expect(Math.max(...found)).toBe(40);
  });

  it('show a pause in every stretch that holds some of it', () => {
    const times = everySecond(10, 30).filter((time) => time < 10_000 || time >= 12_000);
    const found = rates(times, { from: 0, until: 30_000, lengthMs: 10_000, stepMs: 1000 });
    expect(found[0]).toBe(10);
    expect(found[1]).toBe(9);
    expect(Math.min(...found)).toBe(8);
    expect(found.at(-1)).toBe(10);
  });

  it('show an end as a falling rate, not as fewer stretches', () => {
    expect(rates([0, 100, 200], { from: 0, until: 3000, lengthMs: 1000, stepMs: 1000 })).toEqual([3, 0, 0]);
  });

  it('of a time shorter than a stretch are none', () => {
    expect(rates([0, 100], { from: 0, until: 500, lengthMs: 1000, stepMs: 100 })).toEqual([]);
  });
});

describe('gaps', () => {
  it('are the times between neighbours', () => {
    expect(gaps([300, 0, 100])).toEqual([100, 200]);
    expect(gaps([7])).toEqual([]);
  });
});
