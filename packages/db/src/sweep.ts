import type { Lane } from '@pombo/domain/lane.ts';
import { resendGraceMs } from '@pombo/domain/retry-plan.ts';
import type { Database } from './database.ts';

export interface SweptNote {
  messageId: string;
  release: number;
  lane: Lane;
}

export interface SweptEnd {
  messageId: string;
  origin: string | null;
}

/**
 * How long after its time a released message is taken for lost by the queue, in seconds. While others wait in its lane it
 * may only be waiting among them.
 */
const overdueSeconds = {
  now: { idle: 2, busy: 20 },
  bulk: { idle: 5, busy: 60 },
} as const satisfies Record<Lane, Record<LaneUse, number>>;

/** Whether anything waits in the lane, as its queue says. */
export type LaneUse = 'idle' | 'busy';

/**
 * Released messages of a lane whose time is over and that nobody has claimed, at most `limit`. Their time starts anew, so each
 * is asked about once per period. The caller adds the same note again; should the first one live, the second finds nothing to do.
 */
export function takeOverdue(database: Database, lane: Lane, use: LaneUse, limit: number): Promise<SweptNote[]> {
  return database.query<SweptNote & Record<string, unknown>>(
    `UPDATE delivery d SET due_at = clock_timestamp()
      FROM (SELECT cdls_id FROM delivery
             WHERE state = 'released' AND lane = $1 AND due_at < statement_timestamp() - $2 * interval '1 second'
             ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) overdue
      WHERE d.cdls_id = overdue.cdls_id
      RETURNING d.cdls_id AS "messageId", d.release_number AS release, d.lane`,
    [lane, overdueSeconds[lane][use], limit],
  );
}

/** Calls whose worker is gone: their outcome is unknown from now on. */
export function expireLeases(database: Database, limit: number): Promise<SweptEnd[]> {
  return database.query<SweptEnd & Record<string, unknown>>(
    `SELECT message_id AS "messageId", origin FROM expire_leases(ARRAY(
       SELECT cdls_id FROM delivery WHERE state = 'sending' AND lease_until < statement_timestamp() ORDER BY lease_until LIMIT $1))`,
    [limit],
  );
}

/** Messages whose validity ran out while they waited: given up unsent. */
export function endExpired(database: Database, limit: number): Promise<SweptEnd[]> {
  return database.query<SweptEnd & Record<string, unknown>>(
    `WITH late AS (
       SELECT cdls_id, origin FROM delivery
        WHERE state IN ('backlog', 'released') AND expires_at <= statement_timestamp()
        ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ), ended AS (SELECT end_unsent(array_agg(cdls_id), 'ERROR', 0, 'expired') FROM late)
     SELECT late.cdls_id AS "messageId", late.origin FROM late, ended`,
    [limit],
  );
}

/**
 * Unknown outcomes whose caller accepted that the message may arrive twice, after the grace period and within their
 * validity. Twice is what was accepted: a second unknown outcome stays unknown, as does whatever may not be sent any more,
 * and nobody asks about these again. Those of lane `bulk` go back to the backlog, where release finds them; those of lane
 * `now` are returned, to be put into the queue.
 */
export async function takeResends(database: Database, limit: number): Promise<SweptNote[]> {
  const again = await database.query<SweptNote & Record<string, unknown>>(
    `WITH due AS MATERIALIZED (
       SELECT o.cdls_id,
              o.expires_at > statement_timestamp()
              AND NOT EXISTS (SELECT 1 FROM campaign c WHERE c.campaign_id = o.source AND c.state = 'canceled')
              AND (SELECT count(*) FROM attempt a WHERE a.cdls_id = o.cdls_id AND a.outcome = 'unknown') < 2 AS may
        FROM delivery o
        WHERE o.state = 'unknown' AND o.on_unknown = 'resend'
          AND o.unknown_at < statement_timestamp() - $1 * interval '1 millisecond'
        ORDER BY o.unknown_at LIMIT $2 FOR UPDATE OF o SKIP LOCKED
     ), held AS (
       UPDATE delivery d SET on_unknown = 'hold' FROM due WHERE d.cdls_id = due.cdls_id AND NOT due.may
     ), again AS (
       UPDATE delivery d SET state = CASE d.lane WHEN 'now' THEN 'released' ELSE 'backlog' END,
              release_number = d.release_number + CASE d.lane WHEN 'now' THEN 1 ELSE 0 END,
              due_at = clock_timestamp(), unknown_at = NULL
        FROM due WHERE d.cdls_id = due.cdls_id AND due.may
        RETURNING d.cdls_id, d.release_number, d.lane, d.source
     ), counted AS (
       INSERT INTO campaign_delta (campaign_id, what, n)
       SELECT again.source, w.what, w.n * count(*) FROM again, (VALUES ('unknown', -1), ('queued', 1)) AS w(what, n)
       WHERE again.source <> 0 GROUP BY again.source, w.what, w.n
     ), said AS (
       UPDATE cdls m SET cdls_status = 'PENDING', cdls_status_delivery = 'sent again: its outcome was unknown'
       FROM again WHERE m.cdls_id = again.cdls_id
     )
     SELECT cdls_id AS "messageId", release_number AS release, lane FROM again`,
    [resendGraceMs, limit],
  );
  return again.filter((note) => note.lane === 'now');
}

/** Keys and duplicate windows nobody can run into any more. */
export async function forgetOldKeys(database: Database): Promise<void> {
  await database.query('DELETE FROM idempotency_key WHERE expires_at < statement_timestamp()');
  await database.query(
    "DELETE FROM duplicate_window WHERE accepted_at < statement_timestamp() - interval '10 minutes'",
  );
}
