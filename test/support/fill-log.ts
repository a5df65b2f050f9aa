import type { Database } from '@pombo/db/database.ts';

export interface LoggedPart {
  customerId: string;
  lineId: string;
  /** The numbers of the messages, both included. */
  from: number;
  to: number;
  /** How old the newest is; each before it is a second older. */
  ageDays: number;
}

const rowsPerStatement = 100_000;

/**
 * Puts sent messages into the log, with an attempt each, as a worker would have left them: every 50th ended ERROR. Recipients
 * repeat after half a million, references never. The sequence goes on after them.
 */
export async function fillLog(
  database: Database,
  { customerId, lineId, from, to, ageDays }: LoggedPart,
): Promise<void> {
  await database.query(
    'SELECT make_partition(id) FROM generate_series($1::bigint, $2::bigint + partition_size(), partition_size()) id',
    [from, to],
  );
  for (let first = from; first <= to; first += rowsPerStatement) {
    const last = Math.min(to, first + rowsPerStatement - 1);
    await database.query(insertMany, [customerId, lineId, first, last, to, ageDays]);
  }
  await database.query("SELECT setval('cdls_cdls_id_seq', greatest($1, (SELECT last_value FROM cdls_cdls_id_seq)))", [
    to,
  ]);
}

const insertMany = `
  WITH message AS MATERIALIZED (
    SELECT id, id % 50 = 0 AS failed, (7000000000 + id % 500000)::text AS dest,
      clock_timestamp() - make_interval(days => $6::int) - ($5::bigint - id) * interval '1 second' AS at
    FROM generate_series($3::bigint, $4::bigint) AS id
  ), called AS (
    INSERT INTO attempt (cdls_id, number, worker, opened_at, turn_at, closed_at, outcome, http_status, fbtrace_id, connected_ms, written_ms,
                         answered_ms, total_ms)
    SELECT id, 1, 'filled:1', at, at, at, CASE WHEN failed THEN 'refused' ELSE 'sent' END, CASE WHEN failed THEN 400 ELSE 200 END,
           left(md5(id::text), 11), 1, 2, 80, 81 FROM message
  ), listed AS (
    INSERT INTO unsent_message (cdcs_id, cdls_status, cdls_id, v8l_id, error_class)
    SELECT $1::bigint, 'ERROR', id, $2::bigint, 'refused_request' FROM message WHERE failed
  ), found_by AS (
    INSERT INTO meta_message_id (hash, cdls_id) SELECT meta_id_hash('m_' || md5(id::text) || md5(id::text)), id FROM message WHERE NOT failed
  )
  INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_msg_id, cdls_lane, cdls_status, cdls_return_code,
                    cdls_return_id, cdls_status_delivery, cdls_attempts, cdls_created_at, cdls_expires_at, cdls_settled_at)
  SELECT id, $1::bigint, $2::bigint, dest, 'text', 'A parrot was seen near the harbour.', 'order-' || id, 'bulk',
         CASE WHEN failed THEN 'ERROR' ELSE 'OK' END, CASE WHEN failed THEN 400 ELSE 200 END,
         CASE WHEN NOT failed THEN 'm_' || md5(id::text) || md5(id::text) END, CASE WHEN failed THEN 'refused' ELSE 'sent' END,
         1, at, at + interval '1 day', at + interval '1 second'
  FROM message`;
