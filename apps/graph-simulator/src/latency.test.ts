import { expect, test } from 'vitest';
import { latencyMs, latencyOf } from './latency.ts';

/** Even draws, the same in every run. */
function evenDraws(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test.each([
  ['text', 650],
  ['media', 1800],
] as const)('Meta’s times for %s lie around their median, with a tail', (content, median) => {
  const random = evenDraws();
  const times = Array.from({ length: 2001 }, () => latencyMs('meta', content, random)).sort((a, b) => a - b);
  expect(times[1000]).toBeGreaterThan(median * 0.93);
  expect(times[1000]).toBeLessThan(median * 1.07);
  expect(times[0]).toBeGreaterThan(0);
  expect(times[1980]).toBeGreaterThan(median * 1.8);
});

test('none and fixed', () => {
  expect(latencyMs('none', 'text', Math.random)).toBe(0);
  expect(latencyMs(80, 'media', Math.random)).toBe(80);
});

test.each([
  ['meta', 'meta'],
  ['none', 'none'],
  ['80', 80],
])('%s reads as %s', (word, latency) => {
  expect(latencyOf(word)).toBe(latency);
});
