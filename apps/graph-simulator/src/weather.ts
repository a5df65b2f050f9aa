import { headerNames } from '@pombo/graph/graph-vocabulary.ts';
import { usageHeader } from './answers.ts';
import type { Send } from './check-send.ts';
import type { GraphError } from './graph-error.ts';
import type { Page } from './pages.ts';

/** What goes wrong. `accept` says whether the message is in the ledger all the same. */
export type Effect =
  | ({ kind: 'error'; accept?: boolean } & GraphError)
  /** 613 with a usage header: percent of the quota used, minutes until calls work again; `silent`: without that header. */
  | { kind: 'throttle'; code?: number; percent?: number; regainMinutes?: number; silent?: boolean }
  /** Only later, by this many milliseconds; later rules still apply. */
  | { kind: 'slow'; ms: number }
  | { kind: 'hang' }
  | { kind: 'accept_then_hang' }
  | { kind: 'reset_before_accept' }
  | { kind: 'reset_after_accept' }
  | ({ kind: 'ok_with_error_body'; accept?: boolean } & GraphError)
  | { kind: 'html_502'; accept?: boolean }
  | { kind: 'unparseable_200'; accept?: boolean }
  /** Bytes that are no HTTP. */
  | { kind: 'garbage'; accept?: boolean }
  /** The headers and the first half of a good answer, then the end of the connection. */
  | { kind: 'half_answer'; accept?: boolean };

export interface Match {
  token?: string;
  pageId?: string;
  dest?: string;
  /** `text`, `image`, … */
  type?: string;
  /** A regular expression on the text or the media's address. */
  text?: string;
}

export interface Rule {
  match?: Match;
  /** The part of the matching requests that is hit, 0 to 1. Default all. */
  share?: number;
  /** Lets this many matching requests pass before the rule begins. */
  afterN?: number;
  /** Hits at most this many requests, then rests. */
  firstN?: number;
  /** Rests after so many milliseconds, counted from when it was added. */
  forMs?: number;
  /** Hits only what comes above so many matching calls per second, counted for each page by itself. */
  abovePerSecond?: number;
  effect: Effect;
}

/** How a request ends. */
export type Ending =
  | { kind: 'accepted' }
  | { kind: 'error'; error: GraphError }
  | { kind: 'hang' }
  | { kind: 'reset' }
  | { kind: 'html_502' }
  | { kind: 'unparseable_200' }
  | { kind: 'garbage' }
  | { kind: 'half_answer' };

export interface Forecast {
  delayMs: number;
  accept: boolean;
  ending: Ending;
}

export interface Weather {
  /** Rules are tried in the order they were added. */
  add(...rules: Rule[]): void;
  clear(): void;
  /** More calls per second than this, per page, get 613. `null`: no limit. */
  setLimitPerSecond(limit: number | null): void;
  /** The rules and how many requests each has hit. */
  list(): { rules: (Rule & { hits: number })[]; limitPerSecond: number | null };
  /** What becomes of this request, or `null` in fair weather. */
  forecast(request: { token: string; page: Page; send: Send }): Forecast | null;
}

export interface WeatherOptions {
  limitPerSecond?: number | null;
  random: () => number;
  now: () => number;
}

interface ActiveRule {
  rule: Rule;
  text: RegExp | null;
  seen: number;
  hits: number;
  endsAt: number;
  buckets: Buckets;
}

type Request = Parameters<Weather['forecast']>[0];

export function openWeather({ limitPerSecond = null, random, now }: WeatherOptions): Weather {
  let active: ActiveRule[] = [];
  let limit = limitPerSecond;
  const buckets = openBuckets();
  return {
    add: (...rules) => {
      active.push(...rules.map((rule) => activate(rule, now())));
    },
    clear() {
      active = [];
      limit = limitPerSecond;
      buckets.clear();
    },
    setLimitPerSecond(next) {
      limit = next;
      buckets.clear();
    },
    list: () => ({ rules: active.map(({ rule, hits }) => ({ ...rule, hits })), limitPerSecond: limit }),
    forecast(request) {
      if (limit !== null && buckets.isOver(request.page.pageId, limit, now()))
        return forecastOf({ kind: 'throttle' }, request, 0);
      if (active.length === 0) return null;
      return scripted(active, request, { random, now: now() });
    },
  };
}

interface Buckets {
  /** Counts this call unless it is above the limit. */
  isOver(pageId: string, perSecond: number, now: number): boolean;
  clear(): void;
}

/** For every page a bucket of one second's calls that runs empty at the limit. */
function openBuckets(): Buckets {
  const buckets = new Map<string, { calls: number; at: number }>();
  return {
    isOver(pageId, perSecond, now) {
      const bucket = buckets.get(pageId) ?? { calls: 0, at: now };
      const calls = Math.max(0, bucket.calls - ((now - bucket.at) / 1000) * perSecond);
      const over = calls + 1 > perSecond;
      buckets.set(pageId, { calls: over ? calls : calls + 1, at: now });
      return over;
    },
    clear: () => buckets.clear(),
  };
}

interface Moment {
  now: number;
  random: () => number;
}

/** The first rule that hits and is not merely slow decides; slow ones before it add up. */
function scripted(active: readonly ActiveRule[], request: Request, moment: Moment): Forecast | null {
  let delayMs = 0;
  for (const each of active) {
    if (!hits(each, request, moment)) continue;
    if (each.rule.effect.kind !== 'slow') return forecastOf(each.rule.effect, request, delayMs);
    delayMs += each.rule.effect.ms;
  }
  return delayMs === 0 ? null : { delayMs, accept: true, ending: { kind: 'accepted' } };
}

function hits(active: ActiveRule, request: Request, { now, random }: Moment): boolean {
  const { share = 1, afterN = 0, firstN = Number.POSITIVE_INFINITY, abovePerSecond } = active.rule;
  if (now >= active.endsAt || !matches(active, request)) return false;
  if (abovePerSecond !== undefined && !active.buckets.isOver(request.page.pageId, abovePerSecond, now)) return false;
  active.seen += 1;
  if (active.seen <= afterN || active.hits >= firstN || (share < 1 && random() >= share)) return false;
  active.hits += 1;
  return true;
}

function matches({ rule: { match = {} }, text }: ActiveRule, { token, page, send }: Request): boolean {
  const { token: wantedToken, pageId, dest, type } = match;
  return (
    (wantedToken === undefined || wantedToken === token) &&
    (pageId === undefined || pageId === page.pageId) &&
    (dest === undefined || dest === send.dest) &&
    (type === undefined || type === send.type) &&
    (text === null || text.test(send.content))
  );
}

type Plan = (effect: Effect, pageId: string) => Omit<Forecast, 'delayMs'>;

/** What each effect comes to. A fault accepts nothing unless its rule says so. */
const plans: Record<Effect['kind'], Plan> = {
  error: (effect) => ({ accept: acceptOf(effect), ending: { kind: 'error', error: errorOf(effect) } }),
  throttle: (effect, pageId) => ({ accept: false, ending: { kind: 'error', error: throttleOf(effect, pageId) } }),
  slow: () => ({ accept: true, ending: { kind: 'accepted' } }),
  hang: () => ({ accept: false, ending: { kind: 'hang' } }),
  accept_then_hang: () => ({ accept: true, ending: { kind: 'hang' } }),
  reset_before_accept: () => ({ accept: false, ending: { kind: 'reset' } }),
  reset_after_accept: () => ({ accept: true, ending: { kind: 'reset' } }),
  ok_with_error_body: (effect) => ({
    accept: acceptOf(effect),
    ending: { kind: 'error', error: { ...errorOf(effect), httpStatus: 200 } },
  }),
  html_502: (effect) => ({ accept: acceptOf(effect), ending: { kind: 'html_502' } }),
  unparseable_200: (effect) => ({ accept: acceptOf(effect), ending: { kind: 'unparseable_200' } }),
  garbage: (effect) => ({ accept: acceptOf(effect), ending: { kind: 'garbage' } }),
  half_answer: (effect) => ({ accept: acceptOf(effect), ending: { kind: 'half_answer' } }),
};

/** What an effect does to a request of this page. */
export function forecastOf(effect: Effect, request: { page: Page }, delayMs: number): Forecast {
  return {
    delayMs: delayMs + (effect.kind === 'slow' ? effect.ms : 0),
    ...plans[effect.kind](effect, request.page.pageId),
  };
}

function acceptOf(effect: Effect): boolean {
  return 'accept' in effect && effect.accept === true;
}

function errorOf(effect: Effect): GraphError {
  return effect.kind === 'error' || effect.kind === 'ok_with_error_body' ? effect : { code: 1 };
}

function throttleOf(effect: Effect, pageId: string): GraphError {
  const { code = 613, percent = 100, regainMinutes = 0, silent = false } = effect.kind === 'throttle' ? effect : {};
  if (silent) return { code };
  return { code, headers: { [headerNames.businessUsage]: usageHeader(pageId, { percent, regainMinutes }) } };
}

function activate(rule: Rule, now: number): ActiveRule {
  const text = rule.match?.text === undefined ? null : new RegExp(rule.match.text, 'u');
  const endsAt = rule.forMs === undefined ? Number.POSITIVE_INFINITY : now + rule.forMs;
  return { rule, text, seen: 0, hits: 0, endsAt, buckets: openBuckets() };
}

/** Reads a rule that came over HTTP; a sentence when it makes no sense. */
export function parseRule(value: unknown): Rule | string {
  if (typeof value !== 'object' || value === null) return 'a rule is an object';
  const rule = value as Rule;
  const kind: unknown = rule.effect?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(plans, kind))
    return `effect.kind is one of ${Object.keys(plans).join(', ')}`;
  const needsCode = kind === 'error' || kind === 'ok_with_error_body';
  if (needsCode && !Number.isInteger((rule.effect as GraphError).code)) return `effect.code is a number for ${kind}`;
  if (kind === 'slow' && !((rule.effect as { ms: number }).ms >= 0)) return 'effect.ms is a number of milliseconds';
  if (rule.forMs !== undefined && !(rule.forMs >= 0)) return 'forMs is a number of milliseconds';
  if (rule.abovePerSecond !== undefined && !(rule.abovePerSecond > 0)) return 'abovePerSecond is a number above 0';
  try {
    activate(rule, 0);
  } catch {
    return 'match.text is a regular expression';
  }
  return rule;
}
