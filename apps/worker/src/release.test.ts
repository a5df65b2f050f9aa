import { expect, it } from 'vitest';
import { restAfter } from './release.ts';

const look = { busy: false, crowded: false, moved: 0, tookMs: 0 };

it('rests after a look so that the next one moves many, and the longer the more of it was in vain', () => {
  expect(restAfter({ ...look, moved: 500, tookMs: 40 })).toBe(25);
  expect(restAfter({ ...look, moved: 0, tookMs: 40 })).toBe(80);
  expect(restAfter({ ...look, moved: 0, tookMs: 4_000 })).toBe(1_000);
});

it('does not rest where more lines wait than fit into a look, unless that look was in vain', () => {
  expect(restAfter({ ...look, crowded: true, moved: 100, tookMs: 16 })).toBe(0);
  expect(restAfter({ ...look, crowded: true, moved: 0, tookMs: 16 })).toBe(32);
});

it('waits a moment where another process releases, or the lane is full', () => {
  expect(restAfter({ ...look, busy: true, crowded: true })).toBe(50);
});
