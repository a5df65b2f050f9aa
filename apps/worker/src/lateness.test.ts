import { expect, test } from 'vitest';
import { openLateness } from './lateness.ts';

function clocked() {
  const clock = { ms: 0 };
  return { clock, lateness: openLateness(() => clock.ms) };
}

test('what is always so becomes usual, and stops being so', () => {
  const { clock, lateness } = clocked();
  for (let n = 0; n < 1_200; n += 1) {
    clock.ms += 25;
    lateness.observe(120);
  }
  expect(lateness.usualMs()).toBeGreaterThan(110);
  for (let n = 0; n < 1_200; n += 1) {
    clock.ms += 25;
    lateness.observe(1);
  }
  expect(lateness.usualMs()).toBeLessThan(10);
});

test('a standstill is not usual, however many turns it has made late', () => {
  const { clock, lateness } = clocked();
  clock.ms += 20_000;
  for (let n = 0; n < 500; n += 1) lateness.observe(20_000);
  expect(lateness.usualMs()).toBeLessThan(50);
});
