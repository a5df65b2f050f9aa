import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '@pombo/graph-simulator/ledger.ts';

/**
 * Messages per second between the first and the last twentieth, which are beginning and end, of the `count` that Graph
 * takes once `begin` has been called. `watch` is called again and again meanwhile.
 */
export async function sendingRate(
  ledger: Ledger,
  count: number,
  begin: () => Promise<unknown>,
  watch: () => Promise<unknown> = async () => {},
): Promise<number> {
  const before = ledger.size;
  await begin();
  const all = ledger.whenAccepted(before + count).then(() => true);
  while (!(await Promise.race([all, sleep(250).then(() => false)]))) await watch();
  return middleRate([...ledger.since(before)].map(({ at }) => at));
}

/** Events per second between the first and the last twentieth of them. Times in milliseconds, in any order. */
export function middleRate(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const [first, last] = [Math.floor(sorted.length * 0.05), Math.floor(sorted.length * 0.95)];
  return ((last - first) * 1000) / ((sorted[last] ?? Number.NaN) - (sorted[first] ?? Number.NaN));
}
