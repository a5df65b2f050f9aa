import type { IncomingMessage, ServerResponse } from 'node:http';
import { answeringVersion, errorAnswer, pageAnswer } from './answers.ts';
import { bearerOf } from './bearer.ts';
import { endAs, write } from './ending.ts';
import type { Graph } from './graph.ts';
import { latencyMs } from './latency.ts';
import { fairForecast } from './weather.ts';

const pagePath = /^\/(v\d{1,2}\.\d)\/([A-Za-z0-9_.-]+)$/;

/** Whether this asks for a page (`GET /v26.0/me`), which is how a token is tried without sending anything. */
export function isProbe({ method, url = '/' }: IncomingMessage): boolean {
  return method === 'GET' && pagePath.test(new URL(url, 'http://graph').pathname);
}

/** Answers whose page the token is: `{"id":"4711"}`, whatever fields are asked for. */
export function answerProbe(graph: Graph, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://graph');
  const [, askedVersion = '', pathPage = ''] = pagePath.exec(pathname) ?? [];
  const version = answeringVersion(askedVersion);
  const token = bearerOf(request) ?? searchParams.get('access_token') ?? '';
  const found = graph.pages.find(token, pathPage, searchParams.get('appsecret_proof'));
  graph.probes.add(found.kind === 'page' ? found.page.pageId : null);
  if (found.kind === 'error') {
    write(response, errorAnswer(found.error, version));
    return;
  }
  const { page } = found;
  const forecast = graph.weather.forecast({ kind: 'probe', token, page, send: null }) ?? fairForecast;
  const good = pageAnswer(page.pageId, version, forecast.headers);
  const ms = forecast.delayMs + latencyMs(graph.latency, 'text', graph.random);
  graph.later(ms, () => endAs(forecast, version, good, response));
}
