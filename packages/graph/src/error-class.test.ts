import { expect, it } from 'vitest';
import { classify } from './classify.ts';
import { errorClassOf } from './error-class.ts';
import type { AnswerHeaders, ReplyResult } from './reply.ts';

const phases = { connectedMs: 1, writtenMs: 2, answeredMs: 3, totalMs: 4 };
const headers: AnswerHeaders = {
  apiVersion: null,
  traceId: null,
  appUsage: null,
  pageUsage: null,
  businessUsage: null,
  retryAfter: null,
};

function answer(httpStatus: number, body: unknown): ReplyResult {
  return { kind: 'answer', httpStatus, headers, bodyText: JSON.stringify(body) };
}

it.each<[name: string, result: ReplyResult, errorClass: string | null]>([
  ['a message that was sent', answer(200, { message_id: 'm_1' }), null],
  ['a call that was held back', { kind: 'withheld' }, null],
  ['a listed refusal of the request', answer(400, { error: { code: 100 } }), 'refused_request'],
  ['a person outside the window', answer(400, { error: { code: 10, error_subcode: 2018278 } }), 'refused_recipient'],
  ['a throttled app', answer(400, { error: { code: 4 } }), 'throttled_app'],
  ['a dead token', answer(400, { error: { code: 190 } }), 'line_down'],
  ['"temporary, try again"', answer(500, { error: { code: 2 } }), 'meta_said_later'],
  [
    'media that Meta could not fetch',
    answer(400, { error: { code: 100, error_subcode: 2018008 } }),
    'media_not_fetched',
  ],
  ['no connection', { kind: 'no_connection', text: 'refused' }, 'no_connection'],
  ['no answer', { kind: 'no_answer', text: 'reset', written: true }, 'no_answer'],
  ['an answer nobody can read', answer(200, { ok: true }), 'unreadable_answer'],
  ['an answer in which Meta is unsure', answer(500, { error: { code: 1 } }), 'meta_is_unsure'],
  ['a 429 that is not of Graph', answer(429, 'slow down'), 'throttled_page'],
  ['a 502 that is not of Graph', answer(502, 'bad gateway'), 'server_error'],
  ['a code that is in no table', answer(400, { error: { code: 987654 } }), 'other'],
  ['such a code with "try again"', answer(400, { error: { code: 987654, is_transient: true } }), 'other'],
  ['such a code with a 500', answer(500, { error: { code: 987654 } }), 'other'],
  ['a refusal without a code', answer(400, { error: { message: 'no' } }), 'other'],
])('%s', (_name, result, errorClass) => {
  const outcome = classify({ result, phases });
  expect(errorClassOf(outcome)).toBe(errorClass);
});
