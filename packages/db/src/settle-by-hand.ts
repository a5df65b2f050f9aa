import { type Asker, askerOf } from './asker.ts';
import { type Actor, writeAudit } from './audit.ts';
import type { Prisma } from './prisma.ts';

export type HandSettlement =
  /** It arrived: Meta's id for it, where the operator knows it. */
  | { kind: 'sent'; returnId: string }
  /** It did not arrive and shall not be sent any more. */
  | { kind: 'not_sent' }
  /** It shall be sent again, whether or not it arrived. */
  | { kind: 'send_again' };

export type HandSettled = 'done' | 'not_unknown' | 'not_found' | 'campaign_canceled';

const wordOf = { sent: 'OK', not_sent: 'ERROR', send_again: 'send again' } as const;

/**
 * An operator's word on a message whose outcome nobody knows. Only an unknown one is moved: what is still being worked
 * on, or has its last word, stays as it is.
 */
export function settleByHand(
  prisma: Prisma,
  by: Actor,
  messageId: string,
  settlement: HandSettlement,
): Promise<HandSettled> {
  return prisma.$transaction(async (tx) => {
    const moved = await settleUnknowns(askerOf(tx), [messageId], settlement, null);
    if (moved.length === 0) return whyNot(askerOf(tx), messageId);
    await writeAudit(tx, by, { action: 'settle message', object: `${messageId}: ${wordOf[settlement.kind]}` });
    return 'done';
  });
}

/** The same word on many; those that it moved. With `since` only those that were unknown by then. */
export async function settleUnknowns(
  asker: Asker,
  messageIds: readonly string[],
  settlement: HandSettlement,
  since: Date | null,
): Promise<string[]> {
  const rows =
    settlement.kind === 'send_again'
      ? await asker.query<{ id: string }>(sendAgain, [messageIds, since])
      : await asker.query<{ id: string }>(lastWord, [
          messageIds,
          since,
          wordOf[settlement.kind],
          settlement.kind === 'sent' ? settlement.returnId : '',
        ]);
  return rows.map(({ id }) => id);
}

async function whyNot(asker: Asker, messageId: string): Promise<Exclude<HandSettled, 'done'>> {
  const [known] = await asker.query<{ isCanceled: boolean }>(
    `SELECT coalesce(c.state = 'canceled', false) AS "isCanceled"
      FROM cdls m LEFT JOIN delivery d ON d.cdls_id = m.cdls_id AND d.state = 'unknown'
        LEFT JOIN campaign c ON c.campaign_id = d.source
      WHERE m.cdls_id = $1::bigint`,
    [messageId],
  );
  if (!known) return 'not_found';
  return known.isCanceled ? 'campaign_canceled' : 'not_unknown';
}

/** In message order, as everybody else who takes several. */
const mine = `SELECT cdls_id FROM delivery
    WHERE cdls_id = ANY ($1::bigint[]) AND state = 'unknown' AND ($2::timestamptz IS NULL OR unknown_at <= $2::timestamptz)
    ORDER BY cdls_id FOR UPDATE`;

// 200 is what Graph answers to a message it took; 0 stands for never sent and given up.
const lastWord = `
  WITH locked AS MATERIALIZED (${mine}), mine AS (
    DELETE FROM delivery WHERE cdls_id IN (SELECT cdls_id FROM locked)
    RETURNING cdls_id, cdcs_id, v8l_id, attempt, guards_window, source
  ), counted AS (
    INSERT INTO campaign_delta (campaign_id, what, n)
    SELECT source, w.what, w.n * count(*) FROM mine, (VALUES ('unknown', -1, true), (CASE $3 WHEN 'OK' THEN 'sent' ELSE 'failed' END, 1, true),
      ('failed||not sent (settled by hand)', 1, $3 = 'ERROR')) AS w(what, n, applies)
    WHERE source <> 0 AND w.applies GROUP BY source, w.what, w.n
  ), remembered AS (
    INSERT INTO history_delta (what, n) SELECT 'settled ' || $3, count(*) FROM mine HAVING count(*) > 0
  ), reopened AS (
    DELETE FROM duplicate_window w USING mine WHERE mine.guards_window AND $3 = 'ERROR' AND w.cdls_id = mine.cdls_id
  ), listed AS (
    INSERT INTO unsent_message (cdcs_id, cdls_status, cdls_id, v8l_id, campaign_id, error_class)
    SELECT cdcs_id, $3, cdls_id, v8l_id, nullif(source, 0),
           (SELECT a.error_class FROM attempt a WHERE a.cdls_id = mine.cdls_id AND a.number = mine.attempt)
    FROM mine WHERE $3 = 'ERROR' ON CONFLICT DO NOTHING
  ), found_by AS (
    INSERT INTO meta_message_id (hash, cdls_id) SELECT meta_id_hash($4::text), cdls_id FROM mine WHERE $4::text <> ''
  )
  UPDATE cdls m SET
    cdls_status = $3, cdls_return_code = CASE $3 WHEN 'OK' THEN 200 ELSE 0 END, cdls_return_id = nullif($4::text, ''),
    cdls_status_delivery = CASE $3 WHEN 'OK' THEN 'sent (settled by hand)' ELSE 'not sent (settled by hand)' END,
    cdls_attempts = mine.attempt, cdls_settled_at = clock_timestamp()
  FROM mine WHERE m.cdls_id = mine.cdls_id
  RETURNING m.cdls_id::text AS id`;

// Nobody waits for it any more, so it travels as bulk, with time enough to be sent even when it was about to expire. A
// campaign that has finished meanwhile is reopened by the next fold; one that was canceled sends nothing again.
const sendAgain = `
  WITH locked AS MATERIALIZED (${mine}), mine AS (
    UPDATE delivery SET state = 'backlog', lane = 'bulk', due_at = clock_timestamp(), unknown_at = NULL,
      expires_at = greatest(expires_at, clock_timestamp() + interval '10 minutes')
    WHERE cdls_id IN (SELECT cdls_id FROM locked)
      AND NOT EXISTS (SELECT 1 FROM campaign c WHERE c.campaign_id = source AND c.state = 'canceled')
    RETURNING cdls_id, expires_at, source
  ), counted AS (
    INSERT INTO campaign_delta (campaign_id, what, n)
    SELECT source, w.what, w.n * count(*) FROM mine, (VALUES ('unknown', -1), ('queued', 1)) AS w(what, n)
    WHERE source <> 0 GROUP BY source, w.what, w.n
  )
  UPDATE cdls m SET cdls_status = 'PENDING', cdls_status_delivery = NULL, cdls_expires_at = mine.expires_at
  FROM mine WHERE m.cdls_id = mine.cdls_id
  RETURNING m.cdls_id::text AS id`;
