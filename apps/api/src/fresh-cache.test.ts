import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ChangesWatch, watchChanges } from './changes-watch.ts';
import { createFreshCache, NotFreshError } from './fresh-cache.ts';

/** A counter that answers when the test says so. */
function openHouse() {
  const state = { counter: '1', answers: true, delayMs: 0, asked: 0 };
  const watch: ChangesWatch = watchChanges({
    readCounter: async () => {
      state.asked += 1;
      const { counter } = state;
      if (state.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, state.delayMs));
      if (!state.answers) throw new Error('away');
      return counter;
    },
    now: () => performance.now(),
    onTrouble: () => {},
  });
  return { state, watch, cache: createFreshCache<{ name: string }>(watch, 10) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const value = async () => ({ name: 'known' });

it('keeps an answer while the counter stands still, and forgets all of them when it moves', async () => {
  const { state, watch, cache } = openHouse();
  expect(await cache.get('a', value)).toEqual({ name: 'known' });
  await vi.advanceTimersByTimeAsync(5000);
  expect(cache.peek('a')).toBeDefined();
  state.counter = '2';
  await vi.advanceTimersByTimeAsync(300);
  expect(cache.peek('a')).toBeUndefined();
  watch.stop();
});

it('counts nothing that is older than 800 ms without a reading, and says so when nobody answers', async () => {
  const { state, watch, cache } = openHouse();
  await cache.get('a', value);
  state.answers = false;
  await vi.advanceTimersByTimeAsync(700);
  expect(cache.peek('a')).toBeDefined();
  await vi.advanceTimersByTimeAsync(401);
  expect(cache.peek('a')).toBeUndefined();
  await expect(cache.get('a', value)).rejects.toThrow(NotFreshError);
  state.answers = true;
  expect(await cache.get('a', async () => null)).toEqual({ name: 'known' });
  watch.stop();
});

it('waits no longer than its patience for a silent database', async () => {
  const { state, watch, cache } = openHouse();
  state.delayMs = 60_000;
  const asked = cache.get('a', value).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(900);
  expect(await asked).toBeInstanceOf(NotFreshError);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.asked).toBeLessThanOrEqual(3);
  watch.stop();
});

it('does not keep an answer that was asked for before a change', async () => {
  const { state, watch, cache } = openHouse();
  await cache.get('warm', value);
  const old = cache.get('a', () => new Promise((resolve) => setTimeout(resolve, 500, { name: 'old' })));
  state.counter = '2';
  void watch.hurry();
  await vi.advanceTimersByTimeAsync(1);
  const fresh = cache.get('a', async () => ({ name: 'new' }));
  await vi.advanceTimersByTimeAsync(600);
  expect(await old).toEqual({ name: 'old' });
  expect(await fresh).toEqual({ name: 'new' });
  expect(cache.peek('a')).toEqual({ name: 'new' });
  watch.stop();
});

it('asks once for those who ask together', async () => {
  const { watch, cache } = openHouse();
  const load = vi.fn(value);
  await Promise.all([cache.get('a', load), cache.get('a', load), cache.get('a', load)]);
  expect(load).toHaveBeenCalledTimes(1);
  watch.stop();
});
