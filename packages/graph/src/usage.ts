import { isObject, parseObject } from './parse-object.ts';

/** How full a quota is, as Graph's usage headers put it. */
export interface Usage {
  /** The highest of all percentages, 0 when none was given. May exceed 100. */
  peakPercent: number;
  /** Meta's own estimate until calls work again, in milliseconds; `null` when it gave none. */
  regainMs: number | null;
}

/** The headers as they came. */
export interface UsageHeaders {
  businessUsage: string | null;
  appUsage: string | null;
  pageUsage: string | null;
  retryAfter: string | null;
}

const minuteMs = 60_000;
/** The longest window Meta counts in is a day; anything longer is not an estimate but a mistake. */
const longestRegainMs = 24 * 60 * minuteMs;
const percentFields = ['call_count', 'total_cputime', 'total_time'] as const;

/** Reads all usage headers of an answer. What cannot be read counts as not given. */
export function readUsage(headers: UsageHeaders): Usage {
  const entries = [headers.businessUsage, headers.appUsage, headers.pageUsage].flatMap(entriesOf);
  const percents = entries.flatMap((entry) => percentFields.map((field) => countOf(entry[field])));
  const regains = entries.map((entry) => countOf(entry.estimated_time_to_regain_access) * minuteMs);
  const longestMs = Math.max(0, retryAfterMs(headers.retryAfter), ...regains);
  return {
    peakPercent: Math.max(0, ...percents),
    regainMs: longestMs > 0 ? Math.min(longestMs, longestRegainMs) : null,
  };
}

/** X-App-Usage and X-Page-Usage are one entry; X-Business-Use-Case-Usage is a list of them per business object. */
function entriesOf(header: string | null): Record<string, unknown>[] {
  const root = header === null ? null : parseObject(header);
  if (root === null) return [];
  const lists = Object.values(root).filter(Array.isArray).flat();
  return [root, ...lists.filter(isObject)];
}

/** Meta documents whole, non-negative numbers. */
function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

/** No capture shows this header on Graph. When it does come, in its usual form of whole seconds, it is honoured. */
function retryAfterMs(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : 0;
}
