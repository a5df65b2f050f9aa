import { type Database, openDatabase } from '@pombo/db/database.ts';
import { filledText } from '../test/support/fill-backlog.ts';

interface Filling {
  customerId: string;
  lineIds: readonly string[];
  /** Messages that were sent and settled long ago. */
  count: number;
  say: (line: string) => void;
}

const rowsPerStatement = 100_000;
/** Other numbers than the recipients of any run have, and scattered among them all the same. */
const firstNumber = 5_000_000_000_000_000;
/** An index over ten million rows takes its time. */
const longestStatementMs = 600_000;

/**
 * Fills `cdls` with messages that are settled. Its indexes are taken away before and made again after, which is how
 * somebody who moves so many rows would do it; then it is vacuumed, and everything is on disk.
 */
export async function fillLog(url: string, { customerId, lineIds, count, say }: Filling): Promise<void> {
  const database = openDatabase({
    url,
    poolSize: 1,
    name: 'bench',
    answerTimeoutMs: longestStatementMs,
    onError() {},
  });
  const startedAt = performance.now();
  const indexes = await indexesOf(database);
  for (const { name } of indexes) await database.query(`DROP INDEX ${name}`);
  await database.query(
    'SELECT make_partition(id) FROM generate_series(0, $1::bigint + 2 * partition_size(), partition_size()) AS id',
    [count],
  );
  for (let done = 0; done < count; done += rowsPerStatement) {
    const last = firstNumber + Math.min(count, done + rowsPerStatement) - 1;
    await database.query(insertSettled, [customerId, lineIds, firstNumber + done, last, filledText]);
  }
  say(`${count} settled rows after ${Math.round((performance.now() - startedAt) / 1000)} s`);
  for (const { definition } of indexes) await database.query(definition);
  await database.query('VACUUM (ANALYZE) cdls');
  await database.query('CHECKPOINT');
  say(`with their indexes and on disk after ${Math.round((performance.now() - startedAt) / 1000)} s`);
  await database.close();
}

/** All but the primary key's, for the whole and so for each partition. */
async function indexesOf(database: Database): Promise<{ name: string; definition: string }[]> {
  return database.query(
    `SELECT indexrelid::regclass::text AS name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS definition
     FROM pg_index WHERE indrelid = 'cdls'::regclass AND NOT indisprimary`,
  );
}

const insertSettled = `
  INSERT INTO cdls (cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_lane, cdls_status, cdls_return_code,
    cdls_return_id, cdls_return_log, cdls_status_delivery, cdls_attempts, cdls_created_at, cdls_expires_at, cdls_settled_at)
  SELECT $1::bigint, ($2::bigint[])[1 + n % cardinality($2::bigint[])], reverse(n::text), 'text', $5, 'bulk', 'OK', 200,
    'm_' || md5(n::text), '{"recipient_id":"' || reverse(n::text) || '","message_id":"m_' || md5(n::text) || '"}', 'sent', 1,
    now() - interval '30 days', now() - interval '29 days', now() - interval '30 days'
  FROM generate_series($3::bigint, $4::bigint) AS n`;
