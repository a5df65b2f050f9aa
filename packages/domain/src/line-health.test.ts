import { expect, test } from 'vitest';
import { healthOf } from './line-health.ts';
import type { Outcome, ReplyFacts } from './outcome.ts';
import { noUsage } from './usage.ts';

const reply: ReplyFacts = { httpStatus: 400, code: null, subcode: null, fbtraceId: null, text: '', usage: noUsage };
const silent = { ...reply, httpStatus: 0 };
const down = { kind: 'line_down', mend: { by: 'operator' }, because: '' } as const;

const cases: [Outcome, 'up' | 'down' | null][] = [
  [{ kind: 'sent', metaMessageId: 'm', reply }, 'up'],
  [{ kind: 'throttled', scope: 'page', regainMs: null, reply }, 'up'],
  [{ kind: 'refused', about: 'recipient', reply }, 'up'],
  [{ ...down, reply }, 'up'],
  [{ ...down, reply: silent }, null],
  [{ kind: 'unavailable', because: 'no_connection', reply: silent }, 'down'],
  [{ kind: 'unavailable', because: 'meta_said_later', reply }, 'down'],
  [{ kind: 'unavailable', because: 'media_not_fetched', reply }, 'up'],
  [{ kind: 'asset_gone', reply }, 'up'],
  [{ kind: 'unknown', because: 'no_answer', reply: silent }, 'down'],
  [{ kind: 'unknown', because: 'meta_is_unsure', reply }, 'down'],
  [{ kind: 'withheld', reply: silent }, null],
];

test.each(cases)('%j: %s', (outcome, health) => {
  expect(healthOf(outcome)).toBe(health);
});
