import { describe, expect, it } from 'vitest';
import { sharesOf } from './shares.ts';

const span = { from: 0, until: 1000 };

describe('shares', () => {
  it('of three that take turns are even, and nobody waits longer than one round', () => {
    const times = [0, 1, 2].map((place) => Array.from({ length: 10 }, (_, round) => round * 100 + place * 30));
    const shares = sharesOf(times, span);
    expect(shares.smallest).toBe(1);
    expect(shares.largest).toBe(1);
    expect(shares.longestWait).toBe(1);
  });

  it('name the one that got too little and the one that got too much', () => {
    const shares = sharesOf([[100], [100, 200, 300], [100, 500]], span);
    expect(shares.smallest).toBe(0.5);
    expect(shares.largest).toBe(1.5);
  });

  it('see a pause inside an even share', () => {
    // Ten each, but the second had all of its own in the last tenth.
    const late = Array.from({ length: 10 }, (_, n) => 900 + n * 10);
    const even = Array.from({ length: 10 }, (_, n) => n * 100);
    expect(sharesOf([even, late], span).longestWait).toBe(9);
  });

  it('count one that got nothing as one that waited all the time', () => {
    const shares = sharesOf([Array.from({ length: 20 }, (_, n) => n * 50), []], span);
    expect(shares.smallest).toBe(0);
    expect(shares.longestWait).toBe(10);
  });

  it('of less than one for each are no number', () => {
    expect(sharesOf([[5], []], span)).toEqual({ smallest: Number.NaN, largest: Number.NaN, longestWait: Number.NaN });
  });

  it('leave out what was before and after', () => {
    expect(
      sharesOf(
        [
          [-5, 500],
          [500, 1000],
        ],
        span,
      ).largest,
    ).toBe(1);
  });
});
