import { expect, it } from 'vitest';
import { paceWords, useWords } from './line-words.ts';

it('says a pace, and what is allowed of it just now', () => {
  expect([paceWords(40, 40), paceWords(40, 12.34), paceWords(0, 0)]).toEqual(['40/s', '40/s → 12.3/s', 'none']);
});

it('says how much of it is used', () => {
  expect([useWords(40, 0), useWords(40, 2.04), useWords(40, 39.6), useWords(0, 0)]).toEqual([
    '0.0/s, 0 %',
    '2.0/s, 5 %',
    '40/s, 99 %',
    '-',
  ]);
});
