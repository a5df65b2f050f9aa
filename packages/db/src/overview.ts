import type { DeliveryState, LogStatus } from '@pombo/domain/delivery-state.ts';
import type { Database } from './database.ts';

export interface LineOverview extends Record<string, unknown> {
  lineId: string;
  name: string;
  active: boolean;
  pace: number;
  pausedAt: Date | null;
  parkedAt: Date | null;
  parkedUntil: Date | null;
  parkedReason: string | null;
  backlog: string;
  inLane: string;
  unknown: string;
  /** Seconds the longest waiting message has waited; null when none does. */
  oldestSeconds: number | null;
}

export interface LatestMessage extends Record<string, unknown> {
  messageId: string;
  lineId: string;
  dest: string;
  type: string;
  /** While it is unfinished: where it is. */
  status: LogStatus | DeliveryState;
  returnCode: number | null;
  statusDelivery: string | null;
  createdAt: Date;
  settledAt: Date | null;
}

export interface StateTotal extends Record<string, unknown> {
  state: DeliveryState;
  total: string;
}

/**
 * Everything unfinished that is not in the backlog. Each state has an index of its own and holds few messages, so the
 * backlog, which may hold millions, is not read through.
 */
const outsideBacklog = ['released', 'sending', 'unknown']
  .map((state) => `SELECT v8l_id, state, accepted_at FROM delivery WHERE state = '${state}'`)
  .join(' UNION ALL ');

/**
 * Every line with what is unfinished on it, the busiest first, at most `limit`. What is said of the backlog is as of
 * the last count (see `countBacklogs`): a second old, some seconds where millions wait.
 */
export function readLineOverview(database: Database, limit: number): Promise<LineOverview[]> {
  return database.query<LineOverview>(
    `SELECT l.v8l_id AS "lineId", l.v8l_name AS name, l.v8l_active AS active, l.v8l_pace AS pace,
       l.v8l_paused_at AS "pausedAt", l.v8l_parked_at AS "parkedAt", l.v8l_parked_until AS "parkedUntil",
       l.v8l_parked_reason AS "parkedReason",
       coalesce(b.messages, 0) AS backlog, coalesce(w.in_lane, 0) AS "inLane", coalesce(w.unknown, 0) AS unknown,
       extract(epoch FROM clock_timestamp() - least(b.oldest_at, w.oldest))::float8 AS "oldestSeconds"
     FROM cd_v8_line l LEFT JOIN line_backlog b USING (v8l_id) LEFT JOIN (
       SELECT v8l_id, count(*) FILTER (WHERE state <> 'unknown') AS in_lane,
         count(*) FILTER (WHERE state = 'unknown') AS unknown,
         min(accepted_at) FILTER (WHERE state <> 'unknown') AS oldest
       FROM (${outsideBacklog}) o GROUP BY v8l_id) w USING (v8l_id)
     ORDER BY coalesce(b.messages, 0) + coalesce(w.in_lane, 0) DESC, l.v8l_id LIMIT $1`,
    [limit],
  );
}

/** How many unfinished messages there are, by where they are. What is settled is not counted: the log may be long. */
export function readStateTotals(database: Database): Promise<StateTotal[]> {
  return database.query<StateTotal>(
    `SELECT 'backlog' AS state, coalesce(sum(messages), 0)::bigint AS total FROM line_backlog
     UNION ALL
     SELECT state, count(*) FROM (${outsideBacklog}) o GROUP BY state ORDER BY state`,
  );
}

/** The last messages accepted, the latest first. */
export function readLatestMessages(database: Database, limit: number): Promise<LatestMessage[]> {
  return database.query<LatestMessage>(
    `SELECT m.cdls_id AS "messageId", m.v8l_id AS "lineId", m.cdls_dest AS dest, m.cdls_mtype AS type,
       CASE WHEN m.cdls_status = 'PENDING' THEN coalesce(d.state, 'PENDING') ELSE m.cdls_status END AS status,
       m.cdls_return_code AS "returnCode", m.cdls_status_delivery AS "statusDelivery",
       m.cdls_created_at AS "createdAt", m.cdls_settled_at AS "settledAt"
     FROM (SELECT * FROM cdls ORDER BY cdls_id DESC LIMIT $1) m LEFT JOIN delivery d USING (cdls_id)
     ORDER BY m.cdls_id DESC`,
    [limit],
  );
}
