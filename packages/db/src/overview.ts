import type { DeliveryState, LogStatus } from '@pombo/domain/delivery-state.ts';
import type { Database } from './database.ts';

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

/**
 * Everything unfinished that is not in the backlog. Each state has an index of its own and holds few messages, so the
 * backlog, which may hold millions, is not read through.
 */
export const outsideBacklog = ['released', 'sending', 'unknown']
  .map((state) => `SELECT v8l_id, state, accepted_at FROM delivery WHERE state = '${state}'`)
  .join(' UNION ALL ');

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
