import { expect, it } from 'vitest';
import { aroundMs, repeat } from './repeat.ts';

it('goes on in rounds, and closing waits for the one under way and begins no other', async () => {
  const third = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const rounds: number[] = [];
  const repeating = repeat(
    async (round) => {
      rounds.push(round);
      if (round < 2) return;
      begun.resolve();
      await third.promise;
    },
    () => 1,
  );
  await begun.promise;
  let closed = false;
  const closing = repeating.close().then(() => {
    closed = true;
  });
  await new Promise(setImmediate);
  expect(closed).toBe(false);
  third.resolve();
  await closing;
  expect(rounds).toEqual([0, 1, 2]);
});

it('does not sit out a long pause when it is closed', async () => {
  const repeating = repeat(
    async () => {},
    () => 3_600_000,
  );
  await repeating.close();
});

it('pauses a fifth less or more', () => {
  expect([0, 0.5, 1].map((dice) => Math.round(aroundMs(1_000, () => dice)))).toEqual([800, 1_000, 1_200]);
});
