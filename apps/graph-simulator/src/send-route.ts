import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, acceptedAnswer, actionAnswer, answeringVersion, errorAnswer } from './answers.ts';
import { bearerOf } from './bearer.ts';
import { type Checked, checkSend, type Send } from './check-send.ts';
import { endAs, write } from './ending.ts';
import type { Graph } from './graph.ts';
import type { GraphError } from './graph-error.ts';
import { latencyMs } from './latency.ts';
import { magicEffect } from './magic-recipients.ts';
import type { Page } from './pages.ts';
import { parametersOf, readBody, textOf } from './request-body.ts';
import { type Forecast, fairForecast, forecastOf } from './weather.ts';

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
    const parameters = parametersOf(request, text, searchParams);
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
  const sent = withAsset(graph, found.page, checked.send);
  if (sent.kind === 'error') return { kind: 'answer', answer: errorAnswer(sent.error, version) };
  const forecast = forecastFor(graph, token ?? '', found.page, sent.send);
  return { kind: 'work', work: { version, page: found.page, send: sent.send, forecast } };
}

/** What is sent by an id is what the page has uploaded under it. */
function withAsset(graph: Graph, { pageId }: Page, send: Send): Exclude<Checked, { kind: 'action' }> {
  if (send.attachmentId === null) return { kind: 'send', send };
  const found = graph.assets.find(pageId, send.attachmentId);
  return found.kind === 'error' ? found : { kind: 'send', send: { ...send, content: found.media.content } };
}

function workOn(graph: Graph, work: Work, response: ServerResponse): void {
  const content = work.send.type === 'text' ? 'text' : 'media';
  const ms = work.forecast.delayMs + latencyMs(graph.latency, content, graph.random);
  // Meta goes on with a message whose sender has hung up, so nothing here asks whether anybody still listens.
  graph.later(ms, () => finish(graph, work, response));
}

function forecastFor(graph: Graph, token: string, page: Page, send: Send): Forecast {
  const scripted = graph.weather.forecast({ kind: 'send', token, page, send });
  if (scripted !== null) return scripted;
  const magic = magicEffect(send.dest);
  return magic === null ? fairForecast : forecastOf(magic, page.pageId);
}

function finish(graph: Graph, { version, page, send, forecast }: Work, response: ServerResponse): void {
  const messageId = forecast.accept ? graph.ledger.accept(page, send) : '';
  const accepted = { dest: send.dest, messageId, pageId: page.pageId };
  endAs(forecast, version, acceptedAnswer(accepted, version, forecast.headers), response);
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
