import { describe, expect, it } from 'vitest';
import { middleRate } from './sending-rate.ts';

describe('the rate in the middle', () => {
  it('is that of an even stream, in whatever order its times come', () => {
    const times = Array.from({ length: 1_000 }, (_, n) => n * 4);
    expect(middleRate(times.toReversed())).toBe(250);
  });

  it('knows nothing of a slow beginning and a slow end', () => {
    const middle = Array.from({ length: 960 }, (_, n) => 60_000 + n * 2);
    const edges = Array.from({ length: 20 }, (_, n) => n * 2_000);
    expect(middleRate([...edges, ...middle, ...edges.map((at) => at + 100_000)])).toBe(500);
  });
});
