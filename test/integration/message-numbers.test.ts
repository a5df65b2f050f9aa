import { openAccept } from '@pombo/db/accept.ts';
import type { Database } from '@pombo/db/database.ts';
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => vi.useRealTimers());

/** Gives numbers out as the sequence does, in blocks of the size asked for. */
function sequence(): Pick<Database, 'attempt'> & { drawn: () => number } {
  let last = 0;
  return {
    drawn: () => last,
    attempt: async <Row>(_text: string, [count]: readonly unknown[]) => {
      const rows = Array.from({ length: Number(count) }, (_, index) => ({ id: String(last + index + 1) }) as Row);
      last += rows.length;
      return { kind: 'done', rows };
    },
  };
}

it('numbers are used in their order, and not long after they were drawn', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const numbers = sequence();
  const { drawId } = openAccept(numbers as unknown as Database, () => {});
  const used: number[] = [];
  for (let count = 0; count < 500; count += 1) used.push(Number(await drawId()));
  expect(used).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));

  const drawnBefore = numbers.drawn();
  vi.advanceTimersByTime(1_900);
  expect(Number(await drawId())).toBe(501);
  vi.advanceTimersByTime(200);
  expect(Number(await drawId())).toBeGreaterThan(drawnBefore);

  // Who sends seldom does not use up many.
  for (let count = 0; count < 20; count += 1) {
    vi.advanceTimersByTime(10_000);
    await drawId();
  }
  const drawnThen = numbers.drawn();
  for (let count = 0; count < 20; count += 1) {
    vi.advanceTimersByTime(10_000);
    await drawId();
  }
  expect(numbers.drawn() - drawnThen).toBeLessThanOrEqual(2 * 20);
});
