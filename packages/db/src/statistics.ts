import type { Database } from './database.ts';

const busyTables = ['delivery', 'cdls', 'attempt'] as const;

/**
 * Analyses the busy tables, of the log and its attempts the partitions, that have doubled since PostgreSQL last counted
 * them. Autovacuum does so within a minute or two; a campaign fills an empty table within seconds, and every plan kept until
 * then believes that the table is empty. Analysing throws those plans away.
 */
export async function refreshStatistics(database: Database): Promise<void> {
  const outgrown = await database.query<{ table: string }>(
    `SELECT c.oid::regclass::text AS table FROM unnest($1::regclass[]) AS busy(oid) LEFT JOIN pg_inherits i ON i.inhparent = busy.oid
        JOIN pg_class c ON c.oid = coalesce(i.inhrelid, busy.oid)
      WHERE pg_relation_size(c.oid) / current_setting('block_size')::int > 2 * greatest(c.relpages, 0) + 16`,
    [busyTables],
  );
  for (const { table } of outgrown) await database.query(`ANALYZE ${table}`);
}
