import type { OutcomeKind } from '@pombo/domain/outcome.ts';
import type { Database } from './database.ts';

/** One call to Graph for a line. */
export interface LineAttempt {
  messageId: string;
  number: number;
  openedAt: Date;
  /** Null while it is open. */
  outcome: OutcomeKind | null;
  /** How it failed (`packages/graph/src/error-class.ts`); null when it did not, or when its worker was gone. */
  errorClass: string | null;
  httpStatus: number | null;
  code: number | null;
  subcode: number | null;
  fbtraceId: string | null;
  text: string | null;
  totalMs: number | null;
}

/** What has been tried is looked for among so many messages at each of the places below. */
const messagesNearEach = 200;

/** Of each message so many: with a limit its calls are looked up by its number, whatever the planner thinks of the whole. */
const callsOfEach = 20;

/**
 * The latest calls of a line, the latest first, at most `limit`. No index leads from a line to its calls, so they are
 * looked for where they can be: at the messages that were accepted last, at those accepted just before the first that
 * still waits untried (of each source and budget), and at those being sent. Calls that are tried again long after their
 * neighbours may be missed. Why a line is walked through so: `search-lead.ts`.
 */
export function readLatestAttempts(database: Database, lineId: string, limit: number): Promise<LineAttempt[]> {
  return database.query<LineAttempt & Record<string, unknown>>(
    `WITH source AS (
       SELECT 0::bigint AS source UNION ALL
       (SELECT campaign_id FROM campaign WHERE v8l_id = $1 AND ended_at IS NULL AND state <> 'draft'
        ORDER BY campaign_id DESC LIMIT 10)
     ), untried AS (
       SELECT s.source, b.media, first.cdls_id FROM source s CROSS JOIN (VALUES (false), (true)) AS b(media)
       CROSS JOIN LATERAL (
         SELECT w.cdls_id FROM (
           SELECT d.cdls_id, d.attempt FROM delivery d
           WHERE d.state = 'backlog' AND d.v8l_id = $1 AND (d.type IN ('audio', 'video')) = b.media AND d.source = s.source
           ORDER BY d.position LIMIT 1000) w
         ORDER BY w.attempt > 0, w.cdls_id LIMIT 1) first
       UNION ALL
       SELECT d.source, d.type IN ('audio', 'video'), min(d.cdls_id) FROM delivery d
       WHERE d.lane = 'bulk' AND d.state IN ('released', 'sending') AND d.v8l_id = $1 AND d.attempt = 0 GROUP BY 1, 2
       UNION ALL
       SELECT -1, d.type IN ('audio', 'video'), min(d.cdls_id) FROM delivery d
       WHERE (d.lane = 'now' AND d.state = 'released') IS TRUE AND d.v8l_id = $1 AND d.attempt = 0 GROUP BY 1, 2
     ), place AS (
       SELECT 9223372036854775807 AS before UNION SELECT min(cdls_id) FROM untried GROUP BY source, media
     ), near AS (
       SELECT m.cdls_id FROM place p CROSS JOIN LATERAL (
         SELECT cdls_id FROM cdls WHERE v8l_id IS NOT NULL AND (v8l_id, cdls_id) >= ($1, 0) AND (v8l_id, cdls_id) < ($1, p.before)
         ORDER BY v8l_id DESC, cdls_id DESC LIMIT ${messagesNearEach}) m
       UNION SELECT cdls_id FROM delivery WHERE v8l_id = $1 AND state = 'sending'
     )
     SELECT a.cdls_id AS "messageId", a.number, a.opened_at AS "openedAt", a.outcome, a.error_class AS "errorClass", a.http_status AS "httpStatus",
       a.code, a.subcode, a.fbtrace_id AS "fbtraceId", a.text, a.total_ms AS "totalMs"
     FROM near CROSS JOIN LATERAL (
       SELECT * FROM attempt WHERE cdls_id = near.cdls_id ORDER BY number DESC LIMIT ${callsOfEach}) a
     ORDER BY a.opened_at DESC, a.cdls_id DESC, a.number DESC LIMIT $2`,
    [lineId, limit],
  );
}
