import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is yes, or anything like it; after `withinMs` it throws, with what `tell` has to say. */
export async function until(isSo: () => unknown, withinMs = 20_000, tell: () => unknown = () => isSo): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${inWords(await tell())}`);
    await pause(50);
  }
}

function inWords(told: unknown): string {
  return typeof told === 'function' ? String(told) : JSON.stringify(told);
}
