import type { ResultState } from '@pombo/domain/campaign-state.ts';
import type { Database } from './database.ts';

/** What became of one recipient. */
export interface RecipientResult {
  number: number;
  dest: string;
  state: ResultState;
  messageId: string | null;
  metaMessageId: string | null;
  /** Graph's HTTP code; 0 when it was never sent and given up. */
  returnCode: number | null;
  because: string | null;
  attempts: number | null;
  createdAt: Date | null;
  settledAt: Date | null;
}

/**
 * Results in the order of the list, after number `after`. A recipient without a message is waiting, or canceled with the
 * campaign. At most `limit` places of the list are looked at, so that a rare state costs no more than a common one:
 * `throughNumber` says how far it was, null at the end of the list.
 */
export async function readResults(
  database: Database,
  campaignId: string,
  page: { after: number; limit: number; state: ResultState | null },
): Promise<{ results: RecipientResult[]; throughNumber: number | null }> {
  const rows = await database.query<RecipientResult & Record<string, unknown>>(
    `SELECT r.number::float8 AS number, r.dest, s.state, r.cdls_id AS "messageId", m.cdls_return_id AS "metaMessageId",
        m.cdls_return_code AS "returnCode", coalesce(r.because, m.cdls_status_delivery) AS because,
        CASE WHEN m.cdls_id IS NULL THEN NULL ELSE greatest(m.cdls_attempts, coalesce(d.attempt, 0)) END AS attempts,
        m.cdls_created_at AS "createdAt", m.cdls_settled_at AS "settledAt"
      FROM campaign_recipient r JOIN campaign c USING (campaign_id) LEFT JOIN cdls m ON m.cdls_id = r.cdls_id
        LEFT JOIN delivery d ON d.cdls_id = r.cdls_id,
        LATERAL (SELECT CASE WHEN r.because IS NOT NULL THEN 'invalid'
                             WHEN r.cdls_id IS NULL AND c.state = 'canceled' THEN 'canceled'
                             WHEN r.cdls_id IS NULL THEN 'waiting'
                             WHEN m.cdls_id IS NULL THEN 'forgotten'
                             ELSE campaign_state_of(d.state, m.cdls_status, m.cdls_status_delivery) END AS state) s
      WHERE r.campaign_id = $1 AND r.number > $2 ORDER BY r.number LIMIT $3`,
    [campaignId, page.after, page.limit],
  );
  return {
    results: page.state === null ? rows : rows.filter(({ state }) => state === page.state),
    throughNumber: rows.length < page.limit ? null : (rows.at(-1)?.number ?? null),
  };
}
