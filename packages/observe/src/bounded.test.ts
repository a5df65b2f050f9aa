import { expect, it } from 'vitest';
import { bounded } from './bounded.ts';

it('passes on what the work says, good or bad', async () => {
  await expect(bounded(Promise.resolve(7), 1000)).resolves.toBe(7);
  await expect(bounded(Promise.reject(new Error('no')), 1000)).rejects.toThrow('no');
});

it('stops waiting when the time is up', async () => {
  await expect(bounded(new Promise(() => {}), 5)).rejects.toThrow('no answer within 5 ms');
});
