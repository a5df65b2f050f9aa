import type { Database } from './database.ts';

export type HandSettlement =
  /** It arrived: Meta's id for it, where the operator knows it. */
  | { kind: 'sent'; returnId: string }
  /** It did not arrive and shall not be sent any more. */
  | { kind: 'not_sent' }
  /** It shall be sent again, whether or not it arrived. */
  | { kind: 'send_again' };

export type HandSettled = 'done' | 'not_unknown' | 'not_found' | 'campaign_canceled';

/**
 * An operator's word on a message whose outcome nobody knows. Only an unknown one is moved: what is still being worked
 * on, or has its last word, stays as it is.
 */
export async function settleByHand(
  database: Database,
  messageId: string,
  settlement: HandSettlement,
): Promise<HandSettled> {
  const moved =
    settlement.kind === 'send_again'
      ? await database.query(sendAgain, [messageId])
      : await database.query(lastWord, [
          messageId,
          settlement.kind === 'sent' ? 'OK' : 'ERROR',
          settlement.kind === 'sent' ? settlement.returnId : '',
        ]);
  if (moved.length > 0) return 'done';
  const [known] = await database.query<{ isCanceled: boolean }>(
    `SELECT coalesce(c.state = 'canceled', false) AS "isCanceled"
      FROM cdls m LEFT JOIN delivery d ON d.cdls_id = m.cdls_id AND d.state = 'unknown'
        LEFT JOIN campaign c ON c.campaign_id = d.source
      WHERE m.cdls_id = $1`,
    [messageId],
  );
  if (!known) return 'not_found';
  return known.isCanceled ? 'campaign_canceled' : 'not_unknown';
}

// 200 is what Graph answers to a message it took; 0 stands for never sent and given up.
const lastWord = `
  WITH mine AS (
    DELETE FROM delivery WHERE cdls_id = $1 AND state = 'unknown' RETURNING cdls_id, cdcs_id, attempt, guards_window, source
  ), counted AS (
    INSERT INTO campaign_delta (campaign_id, what, n)
    SELECT source, w.what, w.n FROM mine, (VALUES ('unknown', -1, true), (CASE $2 WHEN 'OK' THEN 'sent' ELSE 'failed' END, 1, true),
      ('failed||not sent (settled by hand)', 1, $2 = 'ERROR')) AS w(what, n, applies) WHERE source <> 0 AND w.applies
  ), remembered AS (
    INSERT INTO history_delta (what, n) SELECT 'settled ' || $2, 1 FROM mine
  ), reopened AS (
    DELETE FROM duplicate_window w USING mine WHERE mine.guards_window AND $2 = 'ERROR' AND w.cdls_id = mine.cdls_id
  ), listed AS (
    INSERT INTO unsent_message (cdcs_id, cdls_status, cdls_id)
    SELECT cdcs_id, $2, cdls_id FROM mine WHERE $2 = 'ERROR' ON CONFLICT DO NOTHING
  )
  UPDATE cdls m SET
    cdls_status = $2, cdls_return_code = CASE $2 WHEN 'OK' THEN 200 ELSE 0 END, cdls_return_id = nullif($3, ''),
    cdls_status_delivery = CASE $2 WHEN 'OK' THEN 'sent (settled by hand)' ELSE 'not sent (settled by hand)' END,
    cdls_attempts = mine.attempt, cdls_settled_at = clock_timestamp()
  FROM mine WHERE m.cdls_id = mine.cdls_id
  RETURNING m.cdls_id`;

// Nobody waits for it any more, so it travels as bulk, with time enough to be sent even when it was about to expire. A
// campaign that has finished meanwhile is reopened by the next fold; one that was canceled sends nothing again.
const sendAgain = `
  WITH mine AS (
    UPDATE delivery SET state = 'backlog', lane = 'bulk', due_at = clock_timestamp(), unknown_at = NULL,
      expires_at = greatest(expires_at, clock_timestamp() + interval '10 minutes')
    WHERE cdls_id = $1 AND state = 'unknown'
      AND NOT EXISTS (SELECT 1 FROM campaign c WHERE c.campaign_id = source AND c.state = 'canceled')
    RETURNING cdls_id, expires_at, source
  ), counted AS (
    INSERT INTO campaign_delta (campaign_id, what, n)
    SELECT source, w.what, w.n FROM mine, (VALUES ('unknown', -1), ('queued', 1)) AS w(what, n) WHERE source <> 0
  )
  UPDATE cdls m SET cdls_status = 'PENDING', cdls_status_delivery = NULL, cdls_expires_at = mine.expires_at
  FROM mine WHERE m.cdls_id = mine.cdls_id
  RETURNING m.cdls_id`;
