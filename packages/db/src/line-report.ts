import {
  type LineGateFacts,
  type LineStanding,
  type LineStandingWord,
  lineStandings,
  standingOf,
} from '@pombo/domain/line-standing.ts';
import type { Database } from './database.ts';
import { outsideBacklog } from './overview.ts';

/** A line: where it stands, how fast it may send just now, and what is unfinished on it. Nothing secret is in it. */
export interface LineReport extends LineGateFacts {
  lineId: string;
  customerId: string;
  customerName: string;
  name: string;
  class: string;
  pageId: string;
  hasPageToken: boolean;
  hasAppSecret: boolean;
  appId: string | null;
  onUnknown: string;
  validitySeconds: number;
  createdAt: Date;
  standing: LineStanding;
  /** The HTTP code of the answer that parked it. */
  parkedCode: number | null;
  /** Messages per second allowed just now; 0 where there is no pace. */
  currentPace: number;
  currentMediaPace: number;
  /** Turns a second that were given, a mean over the last one to two minutes. Those of a line without a pace are not counted. */
  usedPace: number;
  usedMediaPace: number;
  /** Calls in a row that Graph did not answer. */
  failures: number;
  /** When a worker asks Graph next whether the token works. */
  probeAt: Date | null;
  /** Recipients refused in a row for want of a permission. */
  suspects: number;
  backlog: number;
  released: number;
  /** Calls to Graph that are open just now. */
  openCalls: number;
  unknown: number;
  /** Age of the oldest message that still has to go, in seconds; null when none has. */
  oldestSeconds: number | null;
}

/** Null when there is no such line. */
export async function readLineReport(database: Database, lineId: string): Promise<LineReport | null> {
  const [row] = await database.query<ReportRow>(reportQuery('l.v8l_id = $1', backlogs('v8l_id = $1')), [lineId]);
  return row ? withStanding(row) : null;
}

/** Every line, or every line of one customer, by number. Counts every backlog: for a question that is asked by hand. */
export async function listLineReports(database: Database, customerId: string | null): Promise<LineReport[]> {
  const rows =
    customerId === null
      ? await database.query<ReportRow>(reportQuery('true', backlogs('true')))
      : await database.query<ReportRow>(reportQuery('l.cdcs_id = $1', backlogs('cdcs_id = $1')), [customerId]);
  return rows.map(withStanding);
}

/** Which lines somebody looks for; an empty one finds all. */
export interface LineFilter {
  customerId: string | null;
  /** In the name or the page's id, or the number of the line. */
  text: string;
}

/**
 * Lines for whoever asks again and again: what is said of the backlog is as of the last count (see `countBacklogs`), a
 * second old, some seconds where millions wait.
 */
export async function listLineReportsAsCounted(
  database: Database,
  { customerId, text }: LineFilter = { customerId: null, text: '' },
): Promise<LineReport[]> {
  const which = `($1::bigint IS NULL OR l.cdcs_id = $1) AND ($2::text = '' OR l.v8l_id::text = $2
    OR position(lower($2) IN lower(l.v8l_name)) > 0 OR position($2 IN l.v8l_fb_page_id) > 0)`;
  return (await database.query<ReportRow>(reportQuery(which, countedBacklogs), [customerId, text])).map(withStanding);
}

/** The same of one line; null when there is none with this number. */
export async function readLineReportAsCounted(database: Database, lineId: string): Promise<LineReport | null> {
  const [row] = await database.query<ReportRow>(reportQuery('l.v8l_id = $1', countedBacklogs), [lineId]);
  return row ? withStanding(row) : null;
}

/** How many lines stand where; every word is there. */
export async function countLineStandings(database: Database): Promise<Record<LineStandingWord, number>> {
  const rows = await database.query<FactsRow>(`SELECT ${facts} FROM ${lines}`);
  const counts = Object.fromEntries(lineStandings.map((word) => [word, 0])) as Record<LineStandingWord, number>;
  for (const row of rows) counts[standingOf(row, row.readAt).word] += 1;
  return counts;
}

/** Where each of these lines stands. */
export async function readLineStandings(
  database: Database,
  lineIds: readonly string[],
): Promise<Map<string, LineStanding>> {
  const rows = await database.query<FactsRow & { lineId: string }>(
    `SELECT l.v8l_id AS "lineId", ${facts} FROM ${lines} WHERE l.v8l_id = ANY ($1::bigint[])`,
    [lineIds],
  );
  return new Map(rows.map((row) => [row.lineId, standingOf(row, row.readAt)]));
}

type FactsRow = LineGateFacts & { readAt: Date } & Record<string, unknown>;
type ReportRow = FactsRow & Omit<LineReport, 'standing' | 'currentPace' | 'currentMediaPace'>;

const lines = 'cd_v8_line l JOIN line_gate g USING (v8l_id) JOIN cd_customer c USING (cdcs_id)';

/** Columns as they stand; what they mean together is decided in one place, by `standingOf`. */
const facts = `l.v8l_active AS active, c.cdcs_active AS "customerActive", l.v8l_paused_at AS "pausedAt",
  l.v8l_parked_at AS "parkedAt", l.v8l_parked_until AS "parkedUntil", l.v8l_parked_reason AS "parkedReason",
  l.v8l_parked_code AS "parkedCode", l.v8l_parked_mend AS "parkedMend", g.failures, g.trial_at AS "trialAt",
  g.blocked_until AS "blockedUntil", g.blocked_because AS "blockedBecause", g.held_until AS "heldUntil",
  g.held_now AS "heldNow", g.held_bulk AS "heldBulk", l.v8l_pace AS pace, l.v8l_media_pace AS "mediaPace",
  current_share(g.pace_share, g.pace_share_at) AS "currentShare",
  g.pace_because AS "paceBecause", clock_timestamp() AS "readAt"`;

const countedBacklogs = 'SELECT v8l_id, messages, oldest_at FROM line_backlog';

function backlogs(which: string): string {
  return `SELECT v8l_id, count(*) AS messages, min(accepted_at) AS oldest_at FROM delivery
    WHERE state = 'backlog' AND ${which} GROUP BY v8l_id`;
}

/** The gate counts by minutes of the clock: those of this minute and of the one before, over the time since that began. */
function turnsPerSecond(budget: 'text' | 'media'): string {
  const minute = "date_trunc('minute', statement_timestamp())";
  return `((CASE WHEN g.turns_minute >= ${minute} THEN g.${budget}_turns + g.${budget}_turns_before
      WHEN g.turns_minute = ${minute} - interval '1 minute' THEN g.${budget}_turns ELSE 0 END)
    / extract(epoch FROM statement_timestamp() - ${minute} + interval '1 minute'))::float8`;
}

function reportQuery(whichLines: string, backlog: string): string {
  return `SELECT l.v8l_id AS "lineId", l.cdcs_id AS "customerId", c.cdcs_name AS "customerName",
      l.v8l_name AS name, l.v8l_class AS class,
      l.v8l_fb_page_id AS "pageId", l.v8l_wa_api_key <> '' AS "hasPageToken",
      l.v8l_fb_app_secret IS NOT NULL AS "hasAppSecret", l.v8l_fb_app_id AS "appId", l.v8l_on_unknown AS "onUnknown",
      l.v8l_validity_seconds AS "validitySeconds", l.v8l_created_at AS "createdAt",
      g.probe_at AS "probeAt", cardinality(g.suspects) AS suspects, ${facts},
      ${turnsPerSecond('text')} AS "usedPace", ${turnsPerSecond('media')} AS "usedMediaPace",
      coalesce(b.messages, 0)::float8 AS backlog, coalesce(w.released, 0) AS released,
      coalesce(w.sending, 0) AS "openCalls", coalesce(w.unknown, 0) AS unknown,
      extract(epoch FROM clock_timestamp() - least(b.oldest_at, w.oldest))::float8 AS "oldestSeconds"
    FROM ${lines} LEFT JOIN (${backlog}) b USING (v8l_id) LEFT JOIN (
      SELECT v8l_id, count(*) FILTER (WHERE state = 'released')::int AS released,
        count(*) FILTER (WHERE state = 'sending')::int AS sending,
        count(*) FILTER (WHERE state = 'unknown')::int AS unknown,
        min(accepted_at) FILTER (WHERE state <> 'unknown') AS oldest
      FROM (${outsideBacklog}) o GROUP BY v8l_id) w USING (v8l_id)
    WHERE ${whichLines} ORDER BY l.v8l_id`;
}

function withStanding({ readAt, ...row }: ReportRow): LineReport {
  return {
    ...row,
    standing: standingOf(row, readAt),
    currentPace: row.pace * row.currentShare,
    currentMediaPace: row.mediaPace * row.currentShare,
  };
}
