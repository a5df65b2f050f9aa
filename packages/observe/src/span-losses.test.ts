import { expect, it } from 'vitest';
import { openSpanLosses } from './span-losses.ts';

function openLosses() {
  const said: object[] = [];
  const clock = { now: 0 };
  const losses = openSpanLosses({ warn: (details: object) => void said.push(details) }, () => clock.now);
  return { said, clock, losses };
}

it('says the first loss at once, and then once a minute', () => {
  const { said, clock, losses } = openLosses();
  losses.lost(3, new Error('away'));
  expect(said).toEqual([{ spans: 3, because: 'away' }]);
  for (clock.now = 1_000; clock.now < 60_000; clock.now += 1_000) losses.lost(1, new Error('slow'));
  expect(said).toHaveLength(1);
  losses.lost(1, new Error('garbled'));
  expect(said.slice(1)).toEqual([{ spans: 60, because: 'garbled' }]);
});

it('says the rest once, and nothing where nothing was lost', () => {
  const { said, losses } = openLosses();
  losses.sayTheRest();
  expect(said).toEqual([]);
  losses.lost(1, new Error('away'));
  losses.lost(2, new Error('away'));
  losses.sayTheRest();
  losses.sayTheRest();
  expect(said).toEqual([
    { spans: 1, because: 'away' },
    { spans: 2, because: 'away' },
  ]);
});
