import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is yes; after `withinMs` it throws, with what `tell` has to say. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
  tell: () => unknown,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`not within ${withinMs} ms: ${JSON.stringify(await tell())}`);
    }
    await pause(50);
  }
}
