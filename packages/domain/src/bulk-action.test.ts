import { expect, test } from 'vitest';
import { countVerdicts, kindsFor } from './bulk-action.ts';

test('only what fits a state may be ordered for all messages of it', () => {
  expect(kindsFor('ERROR')).toEqual(['replay']);
  expect(kindsFor('backlog')).toEqual(['cancel']);
  expect(kindsFor('unknown')).toEqual(['settle_not_sent', 'send_again']);
  for (const state of ['OK', 'sending', null] as const) expect(kindsFor(state)).toEqual([]);
});

test('every verdict counts as done, skipped or failed', () => {
  expect(countVerdicts({ replayed: 5, already: 2, moved_on: 1, full: 4 })).toEqual({ done: 5, skipped: 3, failed: 4 });
  expect(countVerdicts({})).toEqual({ done: 0, skipped: 0, failed: 0 });
});
