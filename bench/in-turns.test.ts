import { describe, expect, it } from 'vitest';
import { bestOf, inTurns } from './in-turns.ts';

const say = () => {};

/** A side whose first figure is 1, its second 2 and so on, and which writes down when it was asked. */
function counting(name: string, order: string[]) {
  let figure = 0;
  return async () => {
    order.push(name);
    figure += 1;
    return figure;
  };
}

describe('sides that take turns', () => {
  it('are measured one after the other in every round, in turn of first and last', async () => {
    const order: string[] = [];
    const runs = await inTurns({ rounds: 3, say }, { ours: counting('a', order), theirs: counting('b', order) });
    expect(order.join('')).toBe('abbaab');
    expect(runs).toEqual({ ours: [1, 2, 3], theirs: [1, 2, 3] });
  });

  it('do not count what they did to get warm', async () => {
    const runs = await inTurns({ rounds: 2, warmRounds: 1, say }, { ours: counting('a', []) });
    expect(runs.ours).toEqual([2, 3]);
  });
});

describe('the best of some', () => {
  it('is the one with the highest figure', async () => {
    const figures: Record<number, number> = { 25: 300, 100: 900, 400: 700 };
    expect(await bestOf({ name: 'x', say }, [25, 100, 400], async (candidate) => figures[candidate] ?? 0)).toBe(100);
  });
});
