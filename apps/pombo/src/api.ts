import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Refusal } from './refusal.ts';

/** The API, as one account talks to it. */
export interface Api {
  url: string;
  tsid: string;
}

interface Request {
  method?: string;
  headers?: Record<string, string>;
  body?: string | AsyncIterable<Uint8Array>;
  /** Null: as long as it takes. */
  signal?: AbortSignal | null;
}

interface Unreachable {
  kind: 'unreachable';
  why: string;
}

/** An answer whose body is still to be read. */
export type Opened = { kind: 'answered'; status: number; body: Readable } | Unreachable;

export interface Answered {
  kind: 'answered';
  status: number;
  body: string;
}

/** Long enough for a busy machine; nobody waits longer for an API that says nothing. */
const patienceMs = 60_000;

export async function openAnswer(api: Api, path: string, request: Request = {}): Promise<Opened> {
  try {
    const headers = { authorization: `Bearer ${api.tsid}`, ...request.headers };
    const response = await exchange(new URL(path, api.url), { ...request, headers });
    return { kind: 'answered', status: response.statusCode ?? 0, body: response };
  } catch (error) {
    return { kind: 'unreachable', why: whyOf(error) };
  }
}

/** Not by `fetch`, which gives up when an answer takes more than five minutes to begin. */
function exchange(url: URL, { method = 'GET', headers, body, signal }: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, { method, headers, ...(signal && { signal }) });
    request.once('response', resolve);
    // It may fail once more after the answer, when nobody asks.
    request.on('error', reject);
    if (body === undefined || typeof body === 'string') request.end(body);
    else pipeline(Readable.from(body, { objectMode: false }), request).catch(reject);
  });
}

export async function call(api: Api, path: string, request: Request = {}): Promise<Answered | Unreachable> {
  const opened = await openAnswer(api, path, { signal: AbortSignal.timeout(patienceMs), ...request });
  if (opened.kind === 'unreachable') return opened;
  try {
    return { ...opened, body: await text(opened.body) };
  } catch (error) {
    return { kind: 'unreachable', why: whyOf(error) };
  }
}

/** The answer's body. What the API has against it is thrown as a Refusal. */
export async function ask<T>(api: Api, path: string, request: Request = {}): Promise<T> {
  const answer = await call(api, path, request);
  if (answer.kind === 'unreachable') throw new Refusal(unreachable(api, answer.why));
  if (answer.status >= 400) throw new Refusal(objection(answer));
  return (answer.body === '' ? null : JSON.parse(answer.body)) as T;
}

/** A POST, with a body in JSON where there is something to say. */
export function posting(body?: object): Request {
  return body === undefined ? { method: 'POST' } : inJson('POST', body);
}

export function inJson(method: string, body: object): Request {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Whether the same may be answered otherwise a moment later. */
export function passes(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export function unreachable(api: Api, why: string): string {
  return `The API at ${api.url} does not answer (${why}). Name it with --api.`;
}

/** What the API has against a request, in one sentence: its problem details, or its body as it is. */
export function objection({ status, body }: Answered): string {
  const { title, detail } = problemOf(body);
  const why = [title, detail].filter((text) => typeof text === 'string' && text !== '').join(': ');
  return `The API answered ${status}: ${why || body}`;
}

/** The members of problem details, ours among them; none when the body is something else. */
export function problemOf(body: string): Record<string, unknown> {
  try {
    const problem: unknown = JSON.parse(body);
    return typeof problem === 'object' && problem !== null ? { ...problem } : {};
  } catch {
    return {};
  }
}

/** A name with two addresses fails with an error for each; a time that is up is the cause of an abort. */
export function whyOf(error: unknown): string {
  if (error instanceof AggregateError) return whyOf(error.errors[0]);
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
