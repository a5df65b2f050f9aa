import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assets } from './assets.ts';
import type { Ledger } from './ledger.ts';
import { magicRecipients } from './magic-recipients.ts';
import type { Probes } from './probes.ts';
import { readBody } from './request-body.ts';
import { effectWords, matchWords, parseRule, type Rule, type Weather } from './weather.ts';

/** Everything below this path speaks to the simulator itself, not to Graph. */
export const controlPath = '/_simulator/';

interface Controls {
  ledger: Ledger;
  weather: Weather;
  probes: Probes;
  assets: Assets;
}

type Route = (controls: Controls, request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

/**
 * `recipients`: those that always answer in one way. `weather`: the rules in force, new ones, none. `effects`: what can
 * stand in a rule, in words. `ledger`: what was accepted. `probes`: how often a token was asked about. `assets`: the media
 * that was uploaded; deleting them is what Meta does when they expire.
 */
const routes: Readonly<Record<string, Route>> = {
  'GET /_simulator/recipients': (_controls, _request, response) => sendJson(response, 200, magicRecipients),
  'GET /_simulator/effects': (_controls, _request, response) => {
    sendJson(response, 200, { effect: effectWords, match: matchWords });
  },
  'GET /_simulator/probes': ({ probes }, _request, response) => sendJson(response, 200, probes.summary()),
  'GET /_simulator/assets': ({ assets }, _request, response) => sendJson(response, 200, assets.summary()),
  'DELETE /_simulator/assets': ({ assets }, _request, response) => {
    assets.expireAll();
    sendJson(response, 200, assets.summary());
  },
  'GET /_simulator/weather': ({ weather }, _request, response) => sendJson(response, 200, weather.list()),
  'POST /_simulator/weather': ({ weather }, request, response) => {
    readBody(request, (text) => postWeather(weather, text ?? '', response));
  },
  'DELETE /_simulator/weather': ({ weather }, _request, response) => {
    weather.clear();
    sendJson(response, 200, weather.list());
  },
  'GET /_simulator/ledger': ({ ledger }, _request, response, query) => {
    // A reader that goes away in the middle is no fault of ours.
    streamLedger(ledger, Number(query.get('since') ?? 0) || 0, response).catch(() => response.destroy());
  },
  'GET /_simulator/ledger/summary': ({ ledger }, _request, response) => sendJson(response, 200, ledger.summary()),
  'DELETE /_simulator/ledger': ({ ledger }, _request, response) => {
    ledger.clear();
    sendJson(response, 200, ledger.summary());
  },
  'GET /_simulator/healthz': (_controls, _request, response) => sendJson(response, 200, { status: 'ok' }),
};

/** Answers a request to the simulator itself. */
export function answerControl(controls: Controls, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
  const route = routes[`${request.method} ${pathname}`];
  if (route === undefined) sendJson(response, 404, { error: 'unknown', known: Object.keys(routes) });
  else route(controls, request, response, searchParams);
}

function postWeather(weather: Weather, text: string, response: ServerResponse): void {
  const error = takeOver(weather, parseJson(text));
  sendJson(response, error === null ? 200 : 400, error === null ? weather.list() : { error });
}

/**
 * One rule, a list of rules, or `{"limitPerSecond": 40}` (`null` lifts it). Nothing is taken over unless all of it is
 * good; otherwise the answer is a sentence that says what is wrong.
 */
function takeOver(weather: Weather, value: unknown): string | null {
  if (typeof value === 'object' && value !== null && 'limitPerSecond' in value) {
    return takeLimit(weather, value.limitPerSecond);
  }
  const rules = (Array.isArray(value) ? value : [value]).map(parseRule);
  const wrong = rules.find((rule) => typeof rule === 'string');
  if (wrong !== undefined) return wrong;
  weather.add(...rules.filter((rule): rule is Rule => typeof rule !== 'string'));
  return null;
}

function takeLimit(weather: Weather, limit: unknown): string | null {
  const good = limit === null || (typeof limit === 'number' && limit > 0);
  if (!good) return 'limitPerSecond is a number above 0, or null';
  weather.setLimitPerSecond(limit);
  return null;
}

async function streamLedger(ledger: Ledger, since: number, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  let block = '';
  for (const entry of ledger.since(since)) {
    block += `${JSON.stringify(entry)}\n`;
    if (block.length < 256 * 1024) continue;
    if (!response.write(block)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (response.destroyed) return;
    block = '';
  }
  response.end(block);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(value)}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
