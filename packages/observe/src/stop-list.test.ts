import { expect, it } from 'vitest';
import { createStopList } from './stop-list.ts';

it('stops in reverse, each after the one before it is done', async () => {
  const { list, stopAll } = createStopList();
  const seen: string[] = [];
  list.add('database', () => seen.push('database'));
  list.add('worker', async () => {
    seen.push('worker begins');
    await new Promise(setImmediate);
    seen.push('worker ends');
  });
  expect(list.stopping.aborted).toBe(false);
  expect(await stopAll(1000)).toEqual([]);
  expect(list.stopping.aborted).toBe(true);
  expect(seen).toEqual(['worker begins', 'worker ends', 'database']);
});

it('goes on when a step fails or hangs, and says so', async () => {
  const { list, stopAll } = createStopList();
  const seen: string[] = [];
  list.add('database', () => seen.push('database'));
  list.add('queue', () => {
    throw new Error('gone, with EAAB123456789');
  });
  list.add('worker', () => new Promise(() => {}));
  expect(await stopAll(20)).toEqual([
    expect.stringMatching(/^worker did not stop: no answer within \d/),
    'queue did not stop: gone, with [removed]',
  ]);
  expect(seen).toEqual(['database']);
});

it('also stops what was added while it was stopping', async () => {
  const { list, stopAll } = createStopList();
  const seen: string[] = [];
  list.add('first', () => list.add('late', () => seen.push('late')));
  await stopAll(1000);
  expect(seen).toEqual(['late']);
});
