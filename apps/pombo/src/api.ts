import { Refusal } from './refusal.ts';

/** The API, as one account talks to it. */
export interface Api {
  url: string;
  tsid: string;
}

type Request = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

interface Unreachable {
  kind: 'unreachable';
  why: string;
}

/** An answer whose body is still to be read. */
export type Opened = { kind: 'answered'; response: Response } | Unreachable;

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
    return { kind: 'answered', response: await fetch(new URL(path, api.url), { ...request, headers }) };
  } catch (error) {
    return { kind: 'unreachable', why: whyOf(error) };
  }
}

export async function call(api: Api, path: string, request: Request = {}): Promise<Answered | Unreachable> {
  const opened = await openAnswer(api, path, { signal: AbortSignal.timeout(patienceMs), ...request });
  if (opened.kind === 'unreachable') return opened;
  try {
    return { kind: 'answered', status: opened.response.status, body: await opened.response.text() };
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
  if (body === undefined) return { method: 'POST' };
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
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

export function whyOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (cause instanceof AggregateError) return (cause.errors[0] as Error).message;
  return cause instanceof Error ? cause.message : message;
}
