import type { Database } from '@pombo/db/database.ts';
import { addFedCampaign } from './campaign.ts';

export interface Filling {
  customerId: string;
  /** Each gets the same number, in turn. */
  lineIds: readonly string[];
  countPerLine: number;
  /** One campaign's, or single messages. */
  campaign: boolean;
  /** Recipients are these numbers with their digits backwards, counted on from here: as scattered as Meta's. Else they count on. */
  scatteredFrom?: number;
}

const rowsPerStatement = 20_000;
/** Recipients nobody else in tests and benches writes to. */
const firstDest = 7_000_000_000;
export const filledText = 'A parrot was seen near the harbour.';

/**
 * Puts asynchronous texts into the backlog, each to a recipient of its own: the rows `accept_messages` would have left,
 * without its journey (`test/load/fill-backlog.test.ts` compares them). 100 000 take a few seconds.
 */
export async function fillBacklog(database: Database, filling: Filling): Promise<void> {
  const { customerId, lineIds, countPerLine, campaign, scatteredFrom = null } = filling;
  const total = lineIds.length * countPerLine;
  const source = campaign
    ? await addFedCampaign(database, { customerId, lineId: lineIds[0] ?? '', queued: total })
    : '0';
  for (let done = 0; done < total; done += rowsPerStatement) {
    const last = Math.min(total, done + rowsPerStatement) - 1;
    const first = scatteredFrom ?? firstDest;
    const values = [customerId, lineIds, done, last, first, filledText, source, scatteredFrom !== null];
    await database.query(insertMany, values);
  }
  await tidy(database);
}

/** What autovacuum and a checkpoint would do about so many rows in the next minutes, done at once. */
export async function tidy(database: Database): Promise<void> {
  for (const table of ['delivery', 'cdls', 'attempt', 'unsent_message', 'meta_message_id'])
    await database.query(`VACUUM (ANALYZE) ${table}`);
  await database.query('CHECKPOINT');
}

const insertMany = `
  WITH message AS MATERIALIZED (
    SELECT n, nextval('cdls_cdls_id_seq') AS id, $1::bigint AS customer,
           ($2::bigint[])[1 + n % cardinality($2::bigint[])] AS line, CASE WHEN $8::boolean THEN reverse(($5::bigint + n)::text) ELSE ($5::bigint + n)::text END AS dest,
           clock_timestamp() AS now, clock_timestamp() + interval '24 hours' AS expires_at
    FROM generate_series($3::int, $4::int) AS n
  ), logged AS (
    INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_lane, cdls_created_at, cdls_expires_at, cdls_campaign_id)
    SELECT id, customer, line, dest, 'text', $6, 'bulk', now, expires_at, nullif($7::bigint, 0) FROM message
  )
  INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, source, due_at, expires_at, on_unknown, accepted_at)
  SELECT id, customer, line, 'bulk', 'backlog', dest, 'text', $7::bigint, now, expires_at, 'hold', now FROM message ORDER BY n`;
