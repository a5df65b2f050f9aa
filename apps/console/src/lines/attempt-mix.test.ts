import type { LineAttempt } from '@pombo/db/line-attempts.ts';
import { expect, it } from 'vitest';
import { mixOf } from './attempt-mix.ts';

function attempt(outcome: LineAttempt['outcome'], errorClass: string | null = null): LineAttempt {
  const answer = { httpStatus: 200, code: null, subcode: null, fbtraceId: null, text: null, totalMs: 1 };
  return { messageId: '1', number: 1, openedAt: new Date(0), outcome, errorClass, ...answer };
}

it('counts calls by how they ended and how they failed', () => {
  const attempts = [
    attempt('refused', 'refused_request'),
    attempt('sent'),
    attempt('sent'),
    attempt('sent'),
    attempt(null),
    attempt('refused', 'refused_recipient'),
    attempt('refused', 'refused_request'),
  ];
  expect(mixOf(attempts)).toEqual([
    { outcome: 'sent', errorClass: null, count: 3 },
    { outcome: 'refused', errorClass: 'refused_request', count: 2 },
    { outcome: null, errorClass: null, count: 1 },
    { outcome: 'refused', errorClass: 'refused_recipient', count: 1 },
  ]);
  expect(mixOf([])).toEqual([]);
});
