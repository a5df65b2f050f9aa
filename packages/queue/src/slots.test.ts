import { expect, it } from 'vitest';
import { openSlots } from './slots.ts';

it('lets in as many as there are slots, and the others in the order they came', async () => {
  const slots = openSlots(2);
  const inside: number[] = [];
  const enter = async (who: number) => {
    await slots.take();
    inside.push(who);
  };
  const all = [1, 2, 3, 4].map(enter);
  await Promise.all(all.slice(0, 2));
  await new Promise(setImmediate);
  expect(inside).toEqual([1, 2]);
  slots.giveBack();
  await all[2];
  expect(inside).toEqual([1, 2, 3]);
  slots.giveBack();
  slots.giveBack();
  await all[3];
  // One was given back when nobody waited any more.
  await enter(5);
  expect(inside).toEqual([1, 2, 3, 4, 5]);
});
