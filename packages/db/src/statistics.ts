import type { Database } from './database.ts';

const busyTables = ['delivery', 'cdls', 'attempt'] as const;

/**
 * Analyses the busy tables that have doubled since PostgreSQL last counted them. Autovacuum does so within a minute or
 * two; a campaign fills an empty table within seconds, and every plan kept until then believes that the table is
 * empty. Analysing throws those plans away.
 */
export async function refreshStatistics(database: Database): Promise<void> {
  const outgrown = await database.query<{ table: string }>(
    `SELECT relname AS table FROM pg_class
      WHERE oid = ANY ($1::regclass[]) AND pg_relation_size(oid) / current_setting('block_size')::int > 2 * greatest(relpages, 0) + 16`,
    [busyTables],
  );
  for (const { table } of outgrown) {
    if (busyTables.some((busy) => busy === table)) await database.query(`ANALYZE ${table}`);
  }
}
