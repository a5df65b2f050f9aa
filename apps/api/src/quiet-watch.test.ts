import { expect, it } from 'vitest';
import { createQuietWatch } from './quiet-watch.ts';

const now = () => performance.now();

it('is quiet at once when nothing came lately, and waits for the last who came', async () => {
  const watch = createQuietWatch(now);
  const begunAt = now();
  await watch.untilQuiet(10_000, 10_000);
  expect(now() - begunAt).toBeLessThan(1_000);
  watch.heard();
  const heardAt = now();
  setTimeout(watch.heard, 100);
  await watch.untilQuiet(200, 10_000);
  expect(now() - heardAt).toBeGreaterThan(290);
});

it('does not wait for ever for those who do not stop coming', async () => {
  const watch = createQuietWatch(now);
  const coming = setInterval(watch.heard, 20);
  watch.heard();
  await watch.untilQuiet(10_000, 200);
  clearInterval(coming);
});
