import { expect, it } from 'vitest';
import { readOrder } from './order-form.ts';

const now = new Date('2026-11-23T12:00:00Z');
const read = (action: 'start' | 'pause' | 'resume' | 'cancel', fields: Record<string, string> = {}) =>
  readOrder(action, new URLSearchParams(fields), now);

it('reads what is asked for', () => {
  expect(read('start')).toEqual({ kind: 'order', order: { action: 'start', at: null } });
  expect(read('start', { at: '2026-11-23T12:01' })).toEqual({
    kind: 'order',
    order: { action: 'start', at: new Date('2026-11-23T12:01:00Z') },
  });
  expect(read('pause')).toEqual({ kind: 'order', order: { action: 'pause' } });
  expect(read('resume', { scope: 'failed' })).toEqual({ kind: 'order', order: { action: 'resume', scope: 'failed' } });
  expect(read('resume')).toEqual({ kind: 'order', order: { action: 'resume', scope: 'pending' } });
});

it('starts nothing at once that was to start at a time', () => {
  expect(read('start', { at: '' })).toEqual({ kind: 'refused', said: 'no_time' });
  expect(read('start', { at: '2026-02-30T10:00' })).toEqual({ kind: 'refused', said: 'no_time' });
  expect(read('start', { at: '2026-11-23T12:00' })).toEqual({ kind: 'refused', said: 'past_time' });
});
