import type { IncomingMessage, ServerResponse } from 'node:http';
import { answeringVersion, errorAnswer, uploadAnswer } from './answers.ts';
import { bearerOf } from './bearer.ts';
import { type Content, checkUpload } from './check-send.ts';
import { endAs, write } from './ending.ts';
import type { Graph } from './graph.ts';
import type { GraphError } from './graph-error.ts';
import { latencyMs } from './latency.ts';
import type { Page } from './pages.ts';
import { parametersOf, readBody, textOf } from './request-body.ts';
import { fairForecast } from './weather.ts';

const uploadPath = /^\/(v\d{1,2}\.\d)\/([A-Za-z0-9_.-]+)\/message_attachments$/;

/** Whether this hands over media that is to be sent later (`POST /v26.0/me/message_attachments`). */
export function isUpload({ method, url = '/' }: IncomingMessage): boolean {
  return method === 'POST' && uploadPath.test(new URL(url, 'http://graph').pathname);
}

/** Answers one upload: read, let in, check, wait as long as Graph would, keep, answer. */
export function answerUpload(graph: Graph, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://graph');
  const [, askedVersion = '', pathPage = ''] = uploadPath.exec(pathname) ?? [];
  const version = answeringVersion(askedVersion);
  readBody(request, (text) => {
    graph.assets.ask();
    const parameters = parametersOf(request, text, searchParams);
    const admission = admit(graph, pathPage, parameters, bearerOf(request));
    if (admission.kind === 'error') write(response, errorAnswer(admission.error, version));
    else workOn(graph, admission, version, response);
  });
}

type Admission = { kind: 'upload'; token: string; page: Page; media: Content } | { kind: 'error'; error: GraphError };

function admit(graph: Graph, pathPage: string, parameters: Record<string, unknown>, bearer: string | null): Admission {
  const token = bearer ?? textOf(parameters.access_token);
  const found = graph.pages.find(token, pathPage, textOf(parameters.appsecret_proof));
  if (found.kind === 'error') return found;
  const checked = checkUpload(parameters);
  return checked.kind === 'error' ? checked : { ...checked, token: token ?? '', page: found.page };
}

/** Meta fetches the media before it answers. */
function workOn(
  graph: Graph,
  { token, page, media }: Extract<Admission, { kind: 'upload' }>,
  version: string,
  response: ServerResponse,
): void {
  const forecast = graph.weather.forecast({ kind: 'upload', token, page, send: media }) ?? fairForecast;
  const ms = forecast.delayMs + latencyMs(graph.latency, 'media', graph.random);
  graph.later(ms, () => {
    const id = forecast.accept ? graph.assets.keep(page.pageId, media) : '';
    endAs(forecast, version, uploadAnswer(id, version, forecast.headers), response);
  });
}
