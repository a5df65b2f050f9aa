import type { Database } from './database.ts';

/** A line that has messages to send, may send them, and does not. */
export interface StalledLine {
  lineId: string;
  /** Since its last turn, or since something kept it or its messages from going. */
  seconds: number;
}

/**
 * Lines that have had no turn for a while are looked into one by one, at most so many: those that fell silent last. Behind
 * them are lines that wait for a paused campaign since yesterday, and those that have been told of long ago.
 */
const mostLookedInto = 300;
const shortestSeconds = 60;
/** A line of a very slow pace is silent between its turns. */
const turnsMissed = 3;

/** The `limit` lines that have stalled for longest. Campaigns that may not send just now stall nobody. */
export function listStalledLines(database: Database, limit: number): Promise<StalledLine[]> {
  return database.query<StalledLine & Record<string, unknown>>(
    `WITH silent AS MATERIALIZED (
       SELECT l.v8l_id, greatest(g.active_at, g.blocked_until, l.v8l_parked_until) AS silent_since,
         ${turnsMissed} / nullif(least(nullif(l.v8l_pace, 0), nullif(l.v8l_media_pace, 0))
           * current_share(g.pace_share, g.pace_share_at), 0) AS patience
       FROM line_backlog b JOIN cd_v8_line l USING (v8l_id) JOIN line_gate g USING (v8l_id) JOIN cd_customer c USING (cdcs_id)
       WHERE b.oldest_due_at IS NOT NULL AND may_release(l, g, c, statement_timestamp())
         AND (g.active_at IS NULL OR g.active_at < statement_timestamp() - interval '${shortestSeconds} seconds')
       ORDER BY greatest(g.active_at, b.oldest_due_at) DESC LIMIT ${mostLookedInto}
     ), waiting AS MATERIALIZED (
       SELECT v8l_id, silent_since, patience, waiting_since(v8l_id) AS waiting_since FROM silent
     ), stalled AS (
       SELECT v8l_id, patience, extract(epoch FROM statement_timestamp() - greatest(silent_since, waiting_since))::float8 AS seconds
       FROM waiting WHERE waiting_since IS NOT NULL
     )
     SELECT v8l_id AS "lineId", seconds FROM stalled
     WHERE seconds > greatest(${shortestSeconds}, patience) ORDER BY seconds DESC LIMIT $1`,
    [limit],
  );
}
