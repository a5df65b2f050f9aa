import { type DeliveryState, deliveryStates, type LogStatus } from '@pombo/domain/delivery-state.ts';
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

/** Every line with what is unfinished on it, the busiest first, at most `limit`. */
export function readLineOverview(database: Database, limit: number): Promise<LineOverview[]> {
  return database.query<LineOverview>(
    `SELECT l.v8l_id AS "lineId", l.v8l_name AS name, l.v8l_active AS active, l.v8l_pace AS pace,
       l.v8l_paused_at AS "pausedAt", l.v8l_parked_at AS "parkedAt", l.v8l_parked_until AS "parkedUntil",
       l.v8l_parked_reason AS "parkedReason",
       coalesce(w.backlog, 0) AS backlog, coalesce(w.in_lane, 0) AS "inLane", coalesce(w.unknown, 0) AS unknown,
       extract(epoch FROM clock_timestamp() - w.oldest)::float8 AS "oldestSeconds"
     FROM cd_v8_line l LEFT JOIN (
       SELECT v8l_id, count(*) FILTER (WHERE state = 'backlog') AS backlog,
         count(*) FILTER (WHERE state IN ('released', 'sending')) AS in_lane,
         count(*) FILTER (WHERE state = 'unknown') AS unknown,
         min(accepted_at) FILTER (WHERE state <> 'unknown') AS oldest
       FROM delivery GROUP BY v8l_id) w USING (v8l_id)
     ORDER BY coalesce(w.backlog, 0) + coalesce(w.in_lane, 0) DESC, l.v8l_id LIMIT $1`,
    [limit],
  );
}

/** How many unfinished messages there are in each state. What is settled is not counted: the log may be long. */
export async function readStateTotals(database: Database): Promise<StateTotal[]> {
  const rows = await database.query<StateTotal>('SELECT state, count(*) AS total FROM delivery GROUP BY state');
  const totals = new Map(rows.map(({ state, total }) => [state, total]));
  return deliveryStates.map((state) => ({ state, total: totals.get(state) ?? '0' }));
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
