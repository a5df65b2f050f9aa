import { expect, it } from 'vitest';
import { readUtc } from './utc-field.ts';

it('reads a moment in UTC', () => {
  expect(readUtc('2026-11-24T09:00')).toEqual(new Date('2026-11-24T09:00:00Z'));
  expect(readUtc('2026-11-24T09:00:30')).toEqual(new Date('2026-11-24T09:00:30Z'));
});

it('takes nothing for a moment that is none', () => {
  for (const text of ['', 'soon', '2026-02-30T09:00', '2026-11-24', '2026-11-24T25:00', '2026-11-24T09:00Z', "'; --"])
    expect(readUtc(text)).toBeNull();
});
