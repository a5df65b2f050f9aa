import type { Outcome } from '@pombo/domain/outcome.ts';
import { noUsage } from '@pombo/domain/usage.ts';
import { expect, test } from 'vitest';
import { classify } from './classify.ts';
import type { AnswerHeaders, Reply, ReplyResult } from './reply.ts';

const noHeaders: AnswerHeaders = {
  apiVersion: 'v26.0',
  traceId: null,
  businessUsage: null,
  appUsage: null,
  pageUsage: null,
  retryAfter: null,
};

function replyOf(result: ReplyResult): Reply {
  return { phases: { connectedMs: 1, writtenMs: 1, answeredMs: 2, totalMs: 3 }, result };
}

function answer(httpStatus: number, bodyText: string, headers: Partial<AnswerHeaders> = {}): Reply {
  return replyOf({ kind: 'answer', httpStatus, bodyText, headers: { ...noHeaders, ...headers } });
}

function error(httpStatus: number, fields: object, headers: Partial<AnswerHeaders> = {}): Reply {
  return answer(
    httpStatus,
    JSON.stringify({ error: { message: 'm', type: 'OAuthException', fbtrace_id: 'T', ...fields } }),
    headers,
  );
}

function inWords(outcome: Outcome): string {
  const { kind } = outcome;
  if (kind === 'refused') return `refused ${outcome.about}`;
  if (kind === 'throttled') return `throttled ${outcome.scope} ${outcome.regainMs}`;
  if (kind === 'unknown' || kind === 'unavailable') return `${kind} ${outcome.because}`;
  return kind === 'sent' ? `sent ${outcome.metaMessageId}` : kind;
}

const html = '<html><head><title>502 Bad Gateway</title></head></html>';
const appRegain = '{"call_count":101,"estimated_time_to_regain_access":2}';
const regain = '{"1":[{"type":"messenger","call_count":120,"estimated_time_to_regain_access":3}]}';

const cases: [string, Reply, string][] = [
  ['accepted', answer(200, '{"recipient_id":"1","message_id":"m_x"}'), 'sent m_x'],
  ['a message id counts whatever the status', answer(500, '{"message_id":"m_x"}'), 'sent m_x'],
  ['an empty message id does not', answer(200, '{"recipient_id":"1","message_id":""}'), 'unknown unreadable_answer'],
  ['a 200 without a message id', answer(200, '{"recipient_id":"1"}'), 'unknown unreadable_answer'],
  ['a 200 in plain words', answer(200, 'Service Unavailable'), 'unknown unreadable_answer'],
  ['an empty 200', answer(200, ''), 'unknown unreadable_answer'],
  ['a 200 with a listed error', error(200, { code: 551 }), 'refused recipient'],
  ['a 200 with an error nobody knows', error(200, { code: 98765 }), 'unknown meta_is_unsure'],
  ['a listed code', error(400, { code: 10, error_subcode: 2018278 }), 'refused recipient'],
  ['an unlisted 4xx', error(404, { code: 98765 }), 'refused request'],
  ['a 4xx without any code', error(400, {}), 'refused request'],
  ['numbers as text', error(400, { code: '551', error_subcode: '1545041' }), 'refused recipient'],
  ['subcode 0 is none', error(400, { code: 10, error_subcode: 0 }), 'refused permission'],
  ['an unlisted 5xx', error(500, { code: 98765 }), 'unknown server_error'],
  ['an unlisted 5xx, transient', error(500, { code: 98765, is_transient: true }), 'unavailable meta_said_later'],
  ['5xx and code 2', error(503, { code: 2, is_transient: true }), 'unavailable meta_said_later'],
  ['5xx and code 1', error(500, { code: 1, is_transient: true }), 'unknown meta_is_unsure'],
  ['a throttle without an estimate', error(400, { code: 613 }), 'throttled page null'],
  ['a throttle with one', error(400, { code: 80006 }, { businessUsage: regain }), 'throttled page 180000'],
  ['an app throttle', error(403, { code: 4 }, { appUsage: appRegain }), 'throttled app 120000'],
  ['the page’s estimate is not the app’s', error(403, { code: 4 }, { businessUsage: regain }), 'throttled app null'],
  [
    'the longer of two estimates',
    error(400, { code: 613 }, { businessUsage: regain, retryAfter: '200' }),
    'throttled page 200000',
  ],
  [
    'a recipient throttle keeps its own time',
    error(400, { code: 100, error_subcode: 2534037 }, { businessUsage: regain }),
    'throttled recipient null',
  ],
  ['429 and a known code', error(429, { code: 4 }), 'throttled app null'],
  ['429 and an unknown code', error(429, { code: 98765 }), 'throttled page null'],
  ['429 from something in front', answer(429, 'slow down', { retryAfter: '9' }), 'throttled page 9000'],
  ['a gateway page', answer(502, html), 'unknown server_error'],
  ['a proxy page', answer(404, html), 'unknown unreadable_answer'],
  ['a redirect', answer(302, ''), 'unknown unreadable_answer'],
  ['a dead token', error(400, { code: 190, error_subcode: 463 }), 'line_down'],
  ['no connection', replyOf({ kind: 'no_connection', text: 'ECONNREFUSED' }), 'unavailable no_connection'],
  ['no answer', replyOf({ kind: 'no_answer', text: 'other side closed', written: true }), 'unknown no_answer'],
  ['half an answer', replyOf({ kind: 'broken_answer', httpStatus: 200, text: 'terminated' }), 'unknown broken_answer'],
  ['held back', replyOf({ kind: 'withheld' }), 'withheld'],
];

test.each(cases)('%s', (_name, reply, words) => {
  expect(inWords(classify(reply))).toBe(words);
});

test('the facts are Graph’s, and carry no secret', () => {
  const said = '(#100) EAAGm0PX4ZCps\nin "tell Ana the code is 4711"';
  const reply = error(400, { message: said, code: 100, error_subcode: 2018001, fbtrace_id: 'AfL' });
  expect(classify(reply, ['tell Ana the code is 4711']).reply).toEqual({
    httpStatus: 400,
    code: 100,
    subcode: 2018001,
    fbtraceId: 'AfL',
    text: '(#100) [token] in "[secret]"',
    usage: noUsage,
  });
});

test('the trace id of the header serves when the body has none', () => {
  expect(classify(answer(502, html, { traceId: 'GbC' })).reply).toMatchObject({ httpStatus: 502, fbtraceId: 'GbC' });
});

test('text is cut at 1000 characters', () => {
  expect(classify(answer(502, 'x '.repeat(5000))).reply.text.length).toBe(1000);
});

test('a line that is down says why, and what mends it', () => {
  expect(classify(error(400, { code: 190, error_subcode: 460 }))).toMatchObject({
    kind: 'line_down',
    mend: { by: 'token' },
    because: expect.stringMatching(/changed the password.* \(190\/460\)\. Give the line a new one with set-token\.$/),
  });
});

test('what the headers say of the quotas stands beside the answer, whatever it is', () => {
  const headers = { businessUsage: regain, appUsage: '{"call_count":28}' };
  const usage = { page: { peakPercent: 120, regainMs: 180_000 }, app: { peakPercent: 28, regainMs: null } };
  for (const reply of [
    answer(200, '{"message_id":"m_x"}', headers),
    error(400, { code: 551 }, headers),
    answer(502, html, headers),
  ]) {
    expect(classify(reply).reply.usage).toEqual(usage);
  }
});
