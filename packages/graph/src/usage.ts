import type { QuotaUse, Usage } from '@pombo/domain/usage.ts';
import { isObject, parseObject } from './parse-object.ts';

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

/**
 * X-Business-Use-Case-Usage lists quotas of several products. These two stop a message: Messenger's own, and the page's,
 * which was alone in the header of a captured 613 on a send.
 */
const typesOfPage: readonly unknown[] = ['messenger', 'pages'];

/**
 * What the usage headers of an answer say of the page's quotas and of the app's. None of them need be there, and what
 * cannot be read counts as not given.
 */
export function readUsage({ businessUsage, appUsage, pageUsage }: UsageHeaders): Usage {
  return {
    page: fullestOf([...entriesOfPage(businessUsage), ...theEntry(pageUsage)]),
    app: fullestOf(theEntry(appUsage)),
  };
}

/** No capture shows this header on Graph. When it does come, in its usual form of whole seconds, it is honoured. */
export function readRetryAfter({ retryAfter }: UsageHeaders): number | null {
  const seconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 0;
  return estimateOf(seconds * 1000);
}

type Entry = Record<string, unknown>;

/** X-App-Usage and X-Page-Usage are one entry. */
function theEntry(header: string | null): Entry[] {
  const entry = header === null ? null : parseObject(header);
  return entry === null ? [] : [entry];
}

/** X-Business-Use-Case-Usage holds a list of entries per business object; on a send that object is the page. */
function entriesOfPage(header: string | null): Entry[] {
  const root = header === null ? null : parseObject(header);
  if (root === null) return [];
  const entries = Object.values(root).filter(Array.isArray).flat().filter(isObject);
  return entries.filter(({ type }) => typesOfPage.includes(type));
}

function fullestOf(entries: readonly Entry[]): QuotaUse {
  const percents = entries.flatMap((entry) => percentFields.map((field) => countOf(entry[field])));
  const regains = entries.map((entry) => countOf(entry.estimated_time_to_regain_access) * minuteMs);
  return { peakPercent: Math.max(0, ...percents), regainMs: estimateOf(Math.max(0, ...regains)) };
}

function estimateOf(ms: number): number | null {
  return ms > 0 ? Math.min(ms, longestRegainMs) : null;
}

/** Meta documents whole, non-negative numbers. */
function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
