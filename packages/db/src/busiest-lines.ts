import type { Database } from './database.ts';

/** A line on which much waits, as of the last count of its backlog. */
export interface BusyLine {
  lineId: string;
  messages: number;
  /** Of these, those whose time has come. */
  due: number;
  /** Messages per second its pace allows just now for what waits there; 0 where it may not send, or has no pace. */
  allowedPerSecond: number;
}

/**
 * The `limit` lines on which most is due. The allowed pace is that of the budgets for which there is something that may be
 * sent: the messages of a campaign that is paused, or outside its hours, wait for something else.
 */
export function listBusiestLines(database: Database, limit: number): Promise<BusyLine[]> {
  return database.query<BusyLine & Record<string, unknown>>(
    `WITH busiest AS MATERIALIZED (
       SELECT v8l_id, messages, due_messages FROM line_backlog ORDER BY due_messages DESC, messages DESC, v8l_id LIMIT $1
     )
     SELECT b.v8l_id AS "lineId", b.messages::float8 AS messages, b.due_messages::float8 AS due,
       CASE WHEN may_release(l, g, c, statement_timestamp()) AND NOT coalesce(g.held_until > statement_timestamp(), false)
         THEN current_share(g.pace_share, g.pace_share_at) * (
           CASE WHEN EXISTS (SELECT 1 FROM sources_in_turn(b.v8l_id, false)) THEN l.v8l_pace ELSE 0 END
           + CASE WHEN EXISTS (SELECT 1 FROM sources_in_turn(b.v8l_id, true)) THEN l.v8l_media_pace ELSE 0 END)
         ELSE 0 END AS "allowedPerSecond"
     FROM busiest b JOIN cd_v8_line l USING (v8l_id) JOIN line_gate g USING (v8l_id) JOIN cd_customer c USING (cdcs_id)
     ORDER BY b.due_messages DESC, b.messages DESC, b.v8l_id`,
    [limit],
  );
}
