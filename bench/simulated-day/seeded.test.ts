import { describe, expect, it } from 'vitest';
import { countAround, gaussian, seeded, weighted } from './seeded.ts';

const many = 20_000;
const draw = (one: () => number) => Array.from({ length: many }, one);
const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe('seeded chance', () => {
  it('is the same for the same seed, and another for another', () => {
    const [one, same, other] = [seeded(1), seeded(1), seeded(2)].map(draw);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });

  it('has the means it should have', () => {
    const random = seeded(3);
    expect(mean(draw(random))).toBeCloseTo(0.5, 1);
    expect(mean(draw(() => countAround(0.87, random)))).toBeCloseTo(0.87, 1);
    expect(mean(draw(() => gaussian(random)))).toBeCloseTo(0, 1);
    expect(mean(draw(() => gaussian(random) ** 2))).toBeCloseTo(1, 1);
  });

  it('picks each as often as its weight says', () => {
    const random = seeded(4);
    const picks = draw(weighted([7, 0, 1, 2], random));
    expect([0, 1, 2, 3].map((index) => picks.filter((pick) => pick === index).length / many)).toEqual([
      expect.closeTo(0.7, 1),
      0,
      expect.closeTo(0.1, 1),
      expect.closeTo(0.2, 1),
    ]);
  });
});
