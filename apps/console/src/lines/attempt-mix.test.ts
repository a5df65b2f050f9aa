import type { LineAttempt } from '@pombo/db/line-attempts.ts';
import { expect, it } from 'vitest';
import { mixOf } from './attempt-mix.ts';

function attempt(outcome: LineAttempt['outcome'], httpStatus: number | null, code: number | null = null): LineAttempt {
  const of = {
    messageId: '1',
    number: 1,
    openedAt: new Date(0),
    subcode: null,
    fbtraceId: null,
    text: null,
    totalMs: 1,
  };
  return { ...of, outcome, httpStatus, code };
}

it('counts calls by how they ended and how they failed', () => {
  const attempts = [
    attempt('refused', 400, 100),
    attempt('sent', 200),
    attempt('sent', 200),
    attempt('sent', 200),
    attempt(null, null),
    attempt('refused', 400, 551),
    attempt('refused', 400, 100),
  ];
  expect(mixOf(attempts)).toEqual([
    { outcome: 'sent', errorClass: null, count: 3 },
    { outcome: 'refused', errorClass: 'refused_request', count: 2 },
    { outcome: null, errorClass: null, count: 1 },
    { outcome: 'refused', errorClass: 'refused_recipient', count: 1 },
  ]);
  expect(mixOf([])).toEqual([]);
});
