import type { Database } from '@pombo/db/database.ts';

/**
 * What somebody's forgotten session does: it has taken a lock and neither commits nor goes.
 *
 * @returns what ends it, without a change
 */
export async function holdLock(
  { pool }: Database,
  statement: string,
  values: readonly unknown[] = [],
): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query(statement, [...values]);
  return async () => {
    await client.query('ROLLBACK');
    client.release();
  };
}
