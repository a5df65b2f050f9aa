import { randomBytes } from 'node:crypto';
import {
  type AppUsage,
  type BusinessUsage,
  type ErrorBody,
  headerNames,
  type PageAnswer,
  type SendAnswer,
  type UploadAnswer,
} from '@pombo/graph/graph-vocabulary.ts';
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

/** Headers, by name and in lower case, that come on top of the usual ones or in their place. */
export type Headers = Readonly<Record<string, string>>;

export interface Acceptance {
  dest: string;
  messageId: string;
  pageId: string;
}

export function acceptedAnswer({ dest, messageId, pageId }: Acceptance, version: string, more: Headers): Answer {
  const body: SendAnswer = { recipient_id: dest, message_id: messageId };
  const headers = {
    ...commonHeaders(version),
    [headerNames.businessUsage]: `{"${pageId}":[${calm}]}`,
    ...more,
  };
  return { httpStatus: 200, headers, body: JSON.stringify(body) };
}

/** A typing indicator or the like: done, and nothing to name. */
export function actionAnswer(dest: string, version: string): Answer {
  return { httpStatus: 200, headers: commonHeaders(version), body: JSON.stringify({ recipient_id: dest }) };
}

/** Whose page the token is. */
export function pageAnswer(pageId: string, version: string, more: Headers): Answer {
  const body: PageAnswer = { id: pageId };
  return { httpStatus: 200, headers: { ...commonHeaders(version), ...more }, body: JSON.stringify(body) };
}

/** What the page may send this media by from now on. */
export function uploadAnswer(attachmentId: string, version: string, more: Headers): Answer {
  const body: UploadAnswer = { attachment_id: attachmentId };
  return { httpStatus: 200, headers: { ...commonHeaders(version), ...more }, body: JSON.stringify(body) };
}

export function errorAnswer(error: GraphError, version: string, more: Headers = {}): Answer {
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
    ...more,
    ...error.headers,
    ...(httpStatus >= 400 ? { 'www-authenticate': challenge } : {}),
  };
  return { httpStatus, headers, body: asGraphJson(body) };
}

/** Percent of a quota used, and the minutes until calls work again. */
export interface QuotaUse {
  scope: 'page' | 'app';
  percent: number;
  regainMinutes: number;
}

/** The header in which Graph speaks of this quota: the page's by the page's id, the app's for itself. */
export function usageHeaders(pageId: string, use: QuotaUse): Headers {
  return use.scope === 'page'
    ? { [headerNames.businessUsage]: `{"${pageId}":[${usageEntry(use)}]}` }
    : { [headerNames.appUsage]: appUsage(use) };
}

type Filling = Omit<QuotaUse, 'scope'>;

function usageEntry({ percent, regainMinutes }: Filling): string {
  const entry: BusinessUsage = {
    type: 'messenger',
    call_count: percent,
    total_cputime: 1,
    total_time: 1,
    estimated_time_to_regain_access: regainMinutes,
  };
  return JSON.stringify(entry);
}

/** No time is documented here; one is there only when a script wants it. */
function appUsage({ percent, regainMinutes }: Filling): string {
  const regain = regainMinutes > 0 ? { estimated_time_to_regain_access: regainMinutes } : {};
  const usage: AppUsage = { call_count: percent, total_cputime: 1, total_time: 1, ...regain };
  return JSON.stringify(usage);
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
