import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, acceptedAnswer, actionAnswer, answeringVersion, errorAnswer } from './answers.ts';
import { checkSend, type Send } from './check-send.ts';
import type { GraphError } from './graph-error.ts';
import { type Latency, latencyMs } from './latency.ts';
import type { Ledger } from './ledger.ts';
import { magicEffect } from './magic-recipients.ts';
import type { Page, Pages } from './pages.ts';
import { parseParameters, readBody } from './request-body.ts';
import { type Forecast, forecastOf, type Weather } from './weather.ts';

/** What the simulator owns while it runs. */
export interface Graph {
  pages: Pages;
  ledger: Ledger;
  weather: Weather;
  latency: Latency;
  random: () => number;
  /** Runs it after this many milliseconds, at once for 0, and never after the simulator was closed. */
  later: (ms: number, run: () => void) => void;
  onReceived: () => void;
}

const sendPath = /^\/(v\d{1,2}\.\d)\/([A-Za-z0-9_.-]+)\/messages$/;

/** Answers one request to the Send API: read, let in, check, wait as long as Graph would, accept, answer. */
export function answerSend(graph: Graph, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://graph');
  const [, askedVersion, pathPage] = sendPath.exec(pathname) ?? [];
  readBody(request, (text) => {
    graph.onReceived();
    if (askedVersion === undefined || pathPage === undefined || request.method !== 'POST') {
      write(response, errorAnswer(unknownPath(request.method, pathname), 'v26.0'));
      return;
    }
    const parameters =
      text === null ? {} : parseParameters(text, request.headers['content-type'] ?? 'application/json');
    for (const [name, value] of searchParams) parameters[name] ??= value;
    const version = answeringVersion(askedVersion);
    const admission = admit(graph, { version, pathPage, parameters, bearer: bearerOf(request) });
    if (admission.kind === 'answer') write(response, admission.answer);
    else workOn(graph, admission.work, response);
  });
}

interface Received {
  version: string;
  pathPage: string;
  parameters: Record<string, unknown>;
  bearer: string | null;
}

/** What Graph makes of a request before it does anything: an answer at once, or a message to work on. */
type Admission = { kind: 'answer'; answer: Answer } | { kind: 'work'; work: Work };

interface Work {
  version: string;
  page: Page;
  send: Send;
  forecast: Forecast;
}

function admit(graph: Graph, { version, pathPage, parameters, bearer }: Received): Admission {
  const token = bearer ?? textOf(parameters.access_token);
  const found = graph.pages.find(token, pathPage, textOf(parameters.appsecret_proof));
  if (found.kind === 'error') return { kind: 'answer', answer: errorAnswer(found.error, version) };
  const checked = checkSend(parameters);
  if (checked.kind === 'error') return { kind: 'answer', answer: errorAnswer(checked.error, version) };
  if (checked.kind === 'action') return { kind: 'answer', answer: actionAnswer(checked.dest, version) };
  const forecast = forecastFor(graph, token ?? '', found.page, checked.send);
  return { kind: 'work', work: { version, page: found.page, send: checked.send, forecast } };
}

function workOn(graph: Graph, work: Work, response: ServerResponse): void {
  const content = work.send.type === 'text' ? 'text' : 'media';
  const ms = work.forecast.delayMs + latencyMs(graph.latency, content, graph.random);
  // Meta goes on with a message whose sender has hung up, so nothing here asks whether anybody still listens.
  graph.later(ms, () => finish(graph, work, response));
}

const fair: Forecast = { delayMs: 0, accept: true, ending: { kind: 'accepted' } };

function forecastFor(graph: Graph, token: string, page: Page, send: Send): Forecast {
  const scripted = graph.weather.forecast({ token, page, send });
  if (scripted !== null) return scripted;
  const magic = magicEffect(send.dest);
  return magic === null ? fair : forecastOf(magic, { page }, 0);
}

function finish(
  graph: Graph,
  { version, page, send, forecast: { accept, ending } }: Work,
  response: ServerResponse,
): void {
  const messageId = accept ? graph.ledger.accept(page, send) : '';
  switch (ending.kind) {
    case 'accepted':
      write(response, acceptedAnswer(send.dest, messageId, page.pageId, version));
      return;
    case 'error':
      write(response, errorAnswer(ending.error, version));
      return;
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'html_502':
      write(response, { httpStatus: 502, headers: { 'content-type': 'text/html' }, body: gatewayPage });
      return;
    case 'unparseable_200':
      write(response, {
        httpStatus: 200,
        headers: { 'content-type': 'text/html' },
        body: 'Service Unavailable',
      });
      return;
    case 'garbage':
      response.socket?.end('\u0016\u0003\u0001 this is not HTTP\r\n\r\n');
      return;
    case 'half_answer':
      writeHalf(response, acceptedAnswer(send.dest, messageId, page.pageId, version));
      return;
  }
}

const gatewayPage = '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n';

function write(response: ServerResponse, { httpStatus, headers, body }: Answer): void {
  response.writeHead(httpStatus, { ...headers, 'content-length': body.length });
  response.end(body, 'latin1');
}

function writeHalf(response: ServerResponse, { httpStatus, headers, body }: Answer): void {
  response.writeHead(httpStatus, { ...headers, 'content-length': body.length });
  response.write(body.slice(0, body.length / 2), () => response.destroy());
}

function unknownPath(method: string | undefined, pathname: string): GraphError {
  if (method === 'POST') return { code: 2500, message: `Unknown path components: ${pathname}` };
  return {
    code: 100,
    subcode: 33,
    type: 'GraphMethodException',
    message: `Unsupported ${(method ?? 'get').toLowerCase()} request.`,
  };
}

function bearerOf(request: IncomingMessage): string | null {
  return /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
