import { type Headers, type QuotaUse, usageHeaders } from './answers.ts';
import type { Content, Send } from './check-send.ts';
import type { GraphError } from './graph-error.ts';
import type { Page } from './pages.ts';

/** What goes wrong. `accept` says whether the message is in the ledger all the same. */
export type Effect =
  | ({ kind: 'error'; accept?: boolean } & GraphError)
  /** Too fast for the page (613) or the app (4), with the usage header of that quota. */
  | ({ kind: 'throttle'; code?: number } & Partial<QuotaUse>)
  /** Only a usage header (default: the page's), on whatever answer comes; later rules still apply. May exceed 100 percent. */
  | ({ kind: 'usage'; percent: number } & Partial<QuotaUse>)
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
  /** Without it a rule is about sends, and hits others too where it would hit any call with this token: see `hitsAnyCall`. */
  call?: Call['kind'];
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
  /** Hits only the sends above so many per second, counted for each page by itself. */
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
  /** Usage headers of the answer, if there is one. */
  headers: Headers;
}

/** A request that was let in: a message, media to be sent later, or the question whose token this is. */
export type Call = { token: string; page: Page } & (
  | { kind: 'send'; send: Send }
  | { kind: 'upload'; send: Content }
  | { kind: 'probe'; send: null }
);

export interface Weather {
  /** Rules are tried in the order they were added. What comes back ends these, and no others. */
  add(...rules: Rule[]): () => void;
  clear(): void;
  /** More calls per second than this, per page, get 613. `null`: no limit. */
  setLimitPerSecond(limit: number | null): void;
  /** The rules and how many requests each has hit. */
  list(): { rules: (Rule & { hits: number })[]; limitPerSecond: number | null };
  /** What becomes of this request, or `null` in fair weather. */
  forecast(call: Call): Forecast | null;
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

export function openWeather({ limitPerSecond = null, random, now }: WeatherOptions): Weather {
  let active: ActiveRule[] = [];
  let limit = limitPerSecond;
  const buckets = openBuckets();
  return {
    add(...rules) {
      const added = rules.map((rule) => activate(rule, now()));
      active.push(...added);
      return () => {
        active = active.filter((each) => !added.includes(each));
      };
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
    forecast(call) {
      if (call.kind === 'send' && limit !== null && buckets.isOver(call.page.pageId, limit, now()))
        return forecastOf({ kind: 'throttle' }, call.page.pageId);
      if (active.length === 0) return null;
      return scripted(active, call, { now: now(), random });
    },
  };
}

interface Buckets {
  /** Counts this call, unless it is above the limit. */
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

/** What effects that let a request pass add to it. */
type Passing = Pick<Forecast, 'delayMs' | 'headers'>;

const undisturbed: Passing = { delayMs: 0, headers: {} };

/** What becomes of a request that nothing is planned for. */
export const fairForecast: Forecast = { ...undisturbed, accept: true, ending: { kind: 'accepted' } };

/** The first rule that hits and does not merely let pass decides; what those before it added comes on top. */
function scripted(active: readonly ActiveRule[], call: Call, moment: Moment): Forecast | null {
  let passing = undisturbed;
  for (const each of active) {
    if (!hits(each, call, moment)) continue;
    const { effect } = each.rule;
    if (effect.kind !== 'slow' && effect.kind !== 'usage') return forecastOf(effect, call.page.pageId, passing);
    passing = added(effect, call.page.pageId, passing);
  }
  return passing === undisturbed ? null : { ...fairForecast, ...passing };
}

function added(effect: Effect, pageId: string, { delayMs, headers }: Passing): Passing {
  if (effect.kind === 'slow') return { delayMs: delayMs + effect.ms, headers };
  if (effect.kind !== 'usage') return { delayMs, headers };
  const { scope = 'page', percent, regainMinutes = 0 } = effect;
  return { delayMs, headers: { ...headers, ...usageHeaders(pageId, { scope, percent, regainMinutes }) } };
}

function hits(active: ActiveRule, call: Call, { now, random }: Moment): boolean {
  const { share = 1, afterN = 0, firstN = Number.POSITIVE_INFINITY, match = {}, effect } = active.rule;
  const named = call.kind === 'send' || match.call === call.kind;
  if (now >= active.endsAt || !matches(active, call) || !(named || hitsAnyCall(effect))) return false;
  if (!isAboveRate(active, call, now)) return false;
  const isHit = active.seen >= afterN && active.hits < firstN && (share >= 1 || random() < share);
  // Probes come by the clock, uploads now and then; a rule that counts sends counts none of them.
  if (named) active.seen += 1;
  if (named && isHit) active.hits += 1;
  return isHit;
}

/** All others are few: only sends are counted, and only they can be too many. */
function isAboveRate({ rule: { abovePerSecond }, buckets }: ActiveRule, { kind, page }: Call, now: number): boolean {
  if (abovePerSecond === undefined) return true;
  return kind === 'send' && buckets.isOver(page.pageId, abovePerSecond, now);
}

function matches({ rule: { match = {} }, text }: ActiveRule, { kind, token, page, send }: Call): boolean {
  const whom = kind === 'send' ? send.dest : null;
  const { call, token: wantedToken, pageId, dest, type } = match;
  return (
    (call === undefined || call === kind) &&
    (wantedToken === undefined || wantedToken === token) &&
    (pageId === undefined || pageId === page.pageId) &&
    (dest === undefined || dest === whom) &&
    (type === undefined || type === send?.type) &&
    (text === null || (send !== null && text.test(send.content)))
  );
}

const tokenCodes = new Set([102, 190]);

/** Whether what happens to sends happens to any call: not when Graph's error is about the message or the permission to send. */
function hitsAnyCall(effect: Effect): boolean {
  return effect.kind === 'error' || effect.kind === 'ok_with_error_body' ? tokenCodes.has(effect.code) : true;
}

type Plan = (effect: Effect, pageId: string) => Pick<Forecast, 'accept' | 'ending'>;

/** Each effect in words, for whoever writes a rule. In brackets: what may be left out. */
export const effectWords: Readonly<Record<Effect['kind'], string>> = {
  error:
    "Graph's error: code [subcode, message, type, transient, httpStatus, headers, accept]. 190 and 102 refuse probes too",
  throttle:
    'too fast: [scope page or app, code (613, app: 4), percent (100), regainMinutes (0)], with that usage header',
  usage: 'only a usage header on whatever answer comes: percent, may exceed 100 [scope page or app, regainMinutes (0)]',
  slow: 'only later: ms',
  hang: 'not sent, no answer ever',
  accept_then_hang: 'sent, no answer ever',
  reset_before_accept: 'not sent, the connection breaks',
  reset_after_accept: 'sent, the connection breaks',
  ok_with_error_body: "Graph's error in a 200: as error",
  html_502: 'the page of a gateway [accept]',
  unparseable_200: 'a 200 nobody can read [accept]',
  garbage: 'bytes that are no HTTP [accept]',
  half_answer: 'half a good answer, then the end of the connection [accept]',
};

/** What a rule's `match` may name, in words. A rule without `match` is about every send. */
export const matchWords: Readonly<Record<keyof Match, string>> = {
  call: 'send, upload or probe. Without it: sends, and others (uncounted) where the effect would hit any call with this token',
  token: 'the page access token',
  pageId: 'the page',
  dest: 'the recipient',
  type: 'text, image, audio, video or file',
  text: "a regular expression on the text or the media's address",
};

/** What each effect comes to. A fault accepts nothing unless its rule says so. */
const plans: Record<Effect['kind'], Plan> = {
  error: (effect) => ({ accept: acceptOf(effect), ending: { kind: 'error', error: errorOf(effect) } }),
  throttle: (effect, pageId) => ({ accept: false, ending: { kind: 'error', error: throttleOf(effect, pageId) } }),
  usage: () => ({ accept: true, ending: { kind: 'accepted' } }),
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
export function forecastOf(effect: Effect, pageId: string, passing = undisturbed): Forecast {
  return { ...added(effect, pageId, passing), ...plans[effect.kind](effect, pageId) };
}

function acceptOf(effect: Effect): boolean {
  return 'accept' in effect && effect.accept === true;
}

function errorOf(effect: Effect): GraphError {
  return effect.kind === 'error' || effect.kind === 'ok_with_error_body' ? effect : { code: 1 };
}

const tooFast = { page: 613, app: 4 } as const;

function throttleOf(effect: Effect, pageId: string): GraphError {
  const { scope = 'page', code, percent = 100, regainMinutes = 0 } = effect.kind === 'throttle' ? effect : {};
  return { code: code ?? tooFast[scope], headers: usageHeaders(pageId, { scope, percent, regainMinutes }) };
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
  if (kind === 'usage' && !((rule.effect as { percent: number }).percent >= 0)) return 'effect.percent is a number';
  const scope = (rule.effect as { scope?: unknown }).scope ?? 'page';
  if (scope !== 'page' && scope !== 'app') return 'effect.scope is page or app';
  if (rule.forMs !== undefined && !(rule.forMs >= 0)) return 'forMs is a number of milliseconds';
  if (rule.abovePerSecond !== undefined && !(rule.abovePerSecond > 0)) return 'abovePerSecond is a number above 0';
  try {
    activate(rule, 0);
  } catch {
    return 'match.text is a regular expression';
  }
  return rule;
}
