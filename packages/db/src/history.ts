import { type HistorySpanWord, historySpans } from '@pombo/domain/history-span.ts';
import type { Database } from './database.ts';

/**
 * What is counted, by the word it is counted under: `accepted now`, `accepted bulk` and `accepted campaign` (fed by one);
 * `settled OK`, `settled ERROR` and `settled CANCELED`; `unknown`, each time an outcome becomes so; `error …`, the class of
 * a call that did not send. Everything is a move and none is a state: see docs/decisions/0018.
 */
export type HistoryCounts = Readonly<Record<string, number>>;

/** How things stood; in a bucket of more than a minute at their worst. */
export interface HistorySample {
  backlog: number;
  releasedNow: number;
  releasedBulk: number;
  /** Of the message that had waited longest; 0: none had. */
  oldestAgeSeconds: number;
  unknown: number;
  linesParked: number;
  workersAlive: number;
}

export interface HistoryBucket {
  /** When it began. */
  at: Date;
  counts: HistoryCounts;
  /** Null: nobody looked. */
  sample: HistorySample | null;
}

/** Every bucket of the span, the oldest first; the last one is not over yet. What is counted is exact as of this moment. */
export function readHistory(database: Database, word: HistorySpanWord): Promise<HistoryBucket[]> {
  const { bucketSeconds, buckets, from } = historySpans[word];
  return database.query<HistoryBucket & Record<string, unknown>>(
    `WITH span AS (
       SELECT ${bucketOf('statement_timestamp()')} AS last_at, ${bucketOf('statement_timestamp()')} - ($2::int - 1) * ${width} AS first_at
     ), counted AS (
       SELECT ${bucketOf('c.at')} AS at, c.what, sum(c.n)::float8 AS n
       FROM (SELECT h.at, h.what, h.n FROM history_count h, span WHERE h.span = $3 AND h.at >= first_at
             UNION ALL SELECT d.at, d.what, d.n FROM history_delta d, span WHERE d.at >= first_at) c
       GROUP BY 1, 2
     ), counts AS (
       SELECT c.at, jsonb_object_agg(c.what, c.n) AS counts FROM counted c GROUP BY c.at
     ), worst AS (
       SELECT ${bucketOf('s.at')} AS at, jsonb_build_object(
         'backlog', max(s.backlog), 'releasedNow', max(s.released_now), 'releasedBulk', max(s.released_bulk),
         'oldestAgeSeconds', max(s.oldest_age_s), 'unknown', max(s.unknown), 'linesParked', max(s.lines_parked),
         'workersAlive', min(s.workers_alive)) AS sample
       FROM history_sample s, span WHERE s.span = $3 AND s.at >= first_at GROUP BY 1
     )
     SELECT b.at, coalesce(counts.counts, '{}') AS counts, worst.sample
     FROM span, generate_series(first_at, last_at, ${width}) AS b(at) LEFT JOIN counts USING (at) LEFT JOIN worst USING (at)
     ORDER BY b.at`,
    [bucketSeconds, buckets, from],
  );
}

const width = "($1::int * interval '1 second')";

function bucketOf(at: string): string {
  return `date_bin(${width}, ${at}, 'epoch'::timestamptz)`;
}

/** Messages in (accepted, and fed by campaigns) and out (that got their final word). */
export interface Throughput {
  in: number;
  out: number;
}

export interface HistoryNow {
  /** In the last minute that is over: so many. */
  lastMinute: Throughput;
  /** In the last ten seconds: so many every second. */
  perSecond: Throughput;
  /** Since the last minute that is over began: so many every second, without those that campaigns have fed. */
  drain: Throughput;
}

/** How fast it goes just now. */
export async function readHistoryNow(database: Database): Promise<HistoryNow> {
  const [row] = await database.query<HistoryNow & Record<string, unknown>>(
    `WITH clock AS (
       SELECT statement_timestamp() AS now, date_trunc('minute', statement_timestamp()) AS minute
     ), moved AS (
       SELECT c.at, c.what LIKE 'accepted %' AS is_in, c.what LIKE 'settled %' AS is_out, c.what = 'accepted campaign' AS is_fed, c.n
       FROM (SELECT h.at, h.what, h.n FROM history_count h, clock WHERE h.span = 'minute' AND h.at >= minute - interval '1 minute'
             UNION ALL SELECT d.at, d.what, d.n FROM history_delta d, clock WHERE d.at >= minute - interval '1 minute') c
     ), recent AS (
       SELECT d.what LIKE 'accepted %' AS is_in, d.what LIKE 'settled %' AS is_out, d.n
       FROM history_delta d, clock WHERE d.at > now - interval '10 seconds'
     )
     SELECT (SELECT ${throughput('is_in', 'is_out', '1')} FROM moved WHERE at < minute) AS "lastMinute",
       (SELECT ${throughput('is_in', 'is_out', '10')} FROM recent) AS "perSecond",
       (SELECT ${throughput('is_in AND NOT is_fed', 'is_out', 'extract(epoch FROM now - minute)::float8 + 60')} FROM moved) AS drain
     FROM clock`,
  );
  if (!row) throw new Error('a question for one row was answered with none');
  return row;
}

function throughput(isIn: string, isOut: string, seconds: string): string {
  const each = (which: string) => `coalesce(sum(n) FILTER (WHERE ${which}), 0)::float8 / (${seconds})`;
  return `jsonb_build_object('in', ${each(isIn)}, 'out', ${each(isOut)})`;
}
