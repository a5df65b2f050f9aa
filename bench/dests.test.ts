import { magicRecipients } from '@pombo/graph-simulator/magic-recipients.ts';
import { describe, expect, it } from 'vitest';
import { destOf, numberOf, openDests } from './dests.ts';

/** More than all runs of one bench together are given. */
const most = 1_000_000_000;

describe('recipients of a bench', () => {
  it('are given to nobody twice', () => {
    const take = openDests();
    const [one, other] = [take(10), take(5)];
    expect(other.first).toBe(one.first + 10);
    expect(other.count).toBe(5);
  });

  it('have their digits backwards, all sixteen of them', () => {
    expect(destOf(3_000_000_000_000_120)).toBe('0210000000000003');
    expect(numberOf('0210000000000003')).toBe(3_000_000_000_000_120);
  });

  it('are none that the simulator answers in a way of its own', () => {
    const { first } = openDests()(1);
    const special = magicRecipients.map(({ dest }) => numberOf(dest));
    expect(special.filter((number) => number >= first && number < first + most)).toEqual([]);
  });
});
