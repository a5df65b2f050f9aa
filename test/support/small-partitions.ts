import type { Database } from '@pombo/db/database.ts';

/** Lets the log of an empty database have partitions of so many numbers. */
export async function openSmallPartitions(database: Database, size: number): Promise<void> {
  for (const table of ['cdls', 'attempt', 'meta_message_id']) {
    const partitions = await database.query<{ name: string }>('SELECT partition::text AS name FROM partitions_of($1)', [
      table,
    ]);
    for (const { name } of partitions) await database.query(`DROP TABLE ${name}`);
  }
  await database.query(
    `CREATE OR REPLACE FUNCTION partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT ${size}::bigint $$`,
  );
  await database.query('SELECT make_partitions_ahead()');
}
