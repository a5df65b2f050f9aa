import type { Database } from './database.ts';

export interface LatestMessage extends Record<string, unknown> {
  messageId: string;
  lineId: string;
  dest: string;
  type: string;
  status: string;
  returnCode: number | null;
  statusDelivery: string | null;
  createdAt: Date;
  settledAt: Date | null;
}

export interface StateTotal extends Record<string, unknown> {
  state: string;
  total: string;
}

/** How many unfinished messages there are, by where they are. What is settled is not counted: the log may be long. */
export function readStateTotals(database: Database): Promise<StateTotal[]> {
  return database.query<StateTotal>('SELECT state, count(*) AS total FROM delivery GROUP BY state ORDER BY state');
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
