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

/** How long after its time a released message is taken for lost by the queue, in seconds. */
const overdueSeconds = { now: 2, bulk: 5 } as const satisfies Record<Lane, number>;

/**
 * Released messages whose time is over and that nobody has claimed, at most `limit`. Their time starts anew, so each
 * is asked about once per period. The caller adds the same note again, which does nothing while the note lives.
 */
export function takeOverdue(database: Database, limit: number): Promise<SweptNote[]> {
  return database.query<SweptNote & Record<string, unknown>>(
    `UPDATE delivery d SET due_at = clock_timestamp()
      FROM (SELECT cdls_id FROM delivery
             WHERE state = 'released'
               AND ((lane = 'now' AND due_at < clock_timestamp() - $1 * interval '1 second')
                 OR (lane = 'bulk' AND due_at < clock_timestamp() - $2 * interval '1 second'))
             LIMIT $3 FOR UPDATE SKIP LOCKED) overdue
      WHERE d.cdls_id = overdue.cdls_id
      RETURNING d.cdls_id AS "messageId", d.release_number AS release, d.lane`,
    [overdueSeconds.now, overdueSeconds.bulk, limit],
  );
}

/** Calls whose worker is gone: their outcome is unknown from now on. */
export function expireLeases(database: Database, limit: number): Promise<SweptEnd[]> {
  return database.query<SweptEnd & Record<string, unknown>>(
    'SELECT message_id AS "messageId", origin FROM expire_leases(NULL, $1)',
    [limit],
  );
}

/** Messages whose validity ran out while they waited: given up unsent. */
export function endExpired(database: Database, limit: number): Promise<SweptEnd[]> {
  return database.query<SweptEnd & Record<string, unknown>>(
    `WITH late AS (
       SELECT cdls_id, origin FROM delivery
        WHERE state IN ('backlog', 'released') AND expires_at <= clock_timestamp()
        ORDER BY cdls_id LIMIT $1 FOR UPDATE SKIP LOCKED
     ), ended AS (SELECT end_unsent(array_agg(cdls_id), 'ERROR', 0, 'expired') FROM late)
     SELECT late.cdls_id AS "messageId", late.origin FROM late, ended`,
    [limit],
  );
}

/**
 * Unknown outcomes whose caller accepted that the message may arrive twice, after the grace period and within their
 * validity. Those of lane `bulk` go back to the backlog, where release finds them; those of lane `now` are returned,
 * to be put into the queue.
 */
export async function takeResends(database: Database, limit: number): Promise<SweptNote[]> {
  const again = await database.query<SweptNote & Record<string, unknown>>(
    `UPDATE delivery d SET state = CASE d.lane WHEN 'now' THEN 'released' ELSE 'backlog' END,
            release_number = d.release_number + CASE d.lane WHEN 'now' THEN 1 ELSE 0 END,
            due_at = clock_timestamp(), unknown_at = NULL
      FROM (SELECT cdls_id FROM delivery
             WHERE state = 'unknown' AND on_unknown = 'resend'
               AND unknown_at < clock_timestamp() - $1 * interval '1 millisecond' AND expires_at > clock_timestamp()
             LIMIT $2 FOR UPDATE SKIP LOCKED) again
      WHERE d.cdls_id = again.cdls_id
      RETURNING d.cdls_id AS "messageId", d.release_number AS release, d.lane`,
    [resendGraceMs, limit],
  );
  return again.filter((note) => note.lane === 'now');
}

/** Keys and duplicate windows nobody can run into any more. */
export async function forgetOldKeys(database: Database): Promise<void> {
  await database.query('DELETE FROM idempotency_key WHERE expires_at < clock_timestamp()');
  await database.query("DELETE FROM duplicate_window WHERE accepted_at < clock_timestamp() - interval '10 minutes'");
}
