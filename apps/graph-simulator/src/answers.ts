import { randomBytes } from 'node:crypto';
import { type BusinessUsage, type ErrorBody, headerNames, type SendAnswer } from '@pombo/graph/graph-vocabulary.ts';
import { type GraphError, messageOf, statusOf } from './graph-error.ts';

/** A whole HTTP answer, ready to be written. */
export interface Answer {
  httpStatus: number;
  headers: Record<string, string>;
  /** ASCII, as everything that Graph writes. */
  body: string;
}

/** The oldest version Meta still serves. Older ones do not fail, this one answers in their place. */
const oldestVersion = 21;

export function answeringVersion(asked: string): string {
  return Number(asked.slice(1)) < oldestVersion ? `v${oldestVersion}.0` : asked;
}

const unchanging = {
  'content-type': 'application/json; charset=UTF-8',
  'cache-control': 'private, no-cache, no-store, must-revalidate',
  pragma: 'no-cache',
  expires: 'Sat, 01 Jan 2000 00:00:00 GMT',
  vary: 'Origin',
  'access-control-allow-origin': '*',
  'strict-transport-security': 'max-age=15552000; preload',
  'x-fb-rev': '1000000001',
} as const;

export function acceptedAnswer(dest: string, messageId: string, pageId: string, version: string): Answer {
  const body: SendAnswer = { recipient_id: dest, message_id: messageId };
  const headers = {
    ...commonHeaders(version),
    [headerNames.businessUsage]: `{"${pageId}":[${calm}]}`,
  };
  return { httpStatus: 200, headers, body: JSON.stringify(body) };
}

/** A typing indicator or the like: done, and nothing to name. */
export function actionAnswer(dest: string, version: string): Answer {
  return { httpStatus: 200, headers: commonHeaders(version), body: JSON.stringify({ recipient_id: dest }) };
}

export function errorAnswer(error: GraphError, version: string): Answer {
  const httpStatus = statusOf(error);
  const message = messageOf(error);
  const body: ErrorBody = {
    error: {
      message,
      type: error.type ?? 'OAuthException',
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      ...(error.transient === undefined ? {} : { is_transient: error.transient }),
      fbtrace_id: traceId(),
    },
  };
  const kind = error.code === 190 ? 'invalid_token' : 'invalid_request';
  const challenge = `OAuth "Facebook Platform" "${kind}" "${asHeader(message)}"`;
  const headers = {
    ...commonHeaders(version),
    ...error.headers,
    ...(httpStatus >= 400 ? { 'www-authenticate': challenge } : {}),
  };
  return { httpStatus, headers, body: asGraphJson(body) };
}

/** The usage header of a page: percent of its quota, and the minutes until it may call again. */
export function usageHeader(pageId: string, usage: { percent: number; regainMinutes: number }): string {
  return `{"${pageId}":[${usageEntry(usage)}]}`;
}

function usageEntry(usage: { percent: number; regainMinutes: number }): string {
  const entry: BusinessUsage = {
    type: 'messenger',
    call_count: usage.percent,
    total_cputime: 1,
    total_time: 1,
    estimated_time_to_regain_access: usage.regainMinutes,
  };
  return JSON.stringify(entry);
}

/** What nearly every answer says. */
const calm = usageEntry({ percent: 1, regainMinutes: 0 });

function commonHeaders(version: string): Record<string, string> {
  const trace = traceId();
  return { ...unchanging, [headerNames.apiVersion]: version, [headerNames.traceId]: trace, 'x-fb-request-id': trace };
}

let pool = randomBytes(0);

/** Looks like Meta's: `A` and 22 characters. Drawn from a block, because one draw per answer would be felt. */
function traceId(): string {
  if (pool.length < 17) pool = randomBytes(17 * 256);
  const id = pool.toString('base64url', 0, 17);
  pool = pool.subarray(17);
  return `A${id.slice(0, 22)}`;
}

/** Graph writes ASCII only, and escapes slashes. */
function asGraphJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('/', '\\/');
}

function asHeader(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').replaceAll('"', "'");
}
