import type { Database } from './database.ts';

export interface OpenCallsAllowed {
  now: number;
  bulk: number;
}

/** A line whose calls hang may have only so many of them open in each lane, all workers together, for `forMs` from now. */
export async function holdLine(
  database: Database,
  lineId: string,
  allowed: OpenCallsAllowed,
  forMs: number,
): Promise<void> {
  await database.query(
    `UPDATE line_gate SET held_now = $2, held_bulk = $3, held_until = clock_timestamp() + $4 * interval '1 millisecond'
      WHERE v8l_id = $1::bigint`,
    [lineId, allowed.now, allowed.bulk, forMs],
  );
}

/** With fewer lines than this at work, "most of them" says nothing about Graph. */
const fewestLines = 4;

/**
 * When most of the lines that sent in the last minute are closed to trial calls, Graph is down and not they: the others
 * are closed as well, before each has found out by itself. Gates somebody holds at this moment are left for the next look.
 */
export async function closeAllWhenMostAre(database: Database): Promise<number> {
  const closed = await database.query(
    `WITH active AS MATERIALIZED (
       SELECT v8l_id, trial_at FROM line_gate WHERE active_at > statement_timestamp() - interval '1 minute'
     ), most AS (
       SELECT count(*) >= $1 AND count(trial_at) * 2 > count(*) AS are_closed FROM active
     ), rest AS (
       SELECT g.v8l_id FROM line_gate g
        WHERE (SELECT are_closed FROM most) AND g.trial_at IS NULL AND g.v8l_id IN (SELECT v8l_id FROM active)
          -- Who was opened a moment ago has just proved that Graph answers.
          AND (g.health_at IS NULL OR g.health_at < statement_timestamp() - interval '1 minute')
        ORDER BY g.v8l_id FOR UPDATE SKIP LOCKED
     )
     UPDATE line_gate g SET failures = greatest(g.failures, 5), trial_wait_s = 5, trial_at = clock_timestamp() + interval '5 seconds',
       health_at = clock_timestamp()
     FROM rest WHERE g.v8l_id = rest.v8l_id RETURNING g.v8l_id`,
    [fewestLines],
  );
  return closed.length;
}
