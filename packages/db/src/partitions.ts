import pg from 'pg';
import type { Database } from './database.ts';

/** The partition of the log that the next numbers fall into, and the one after it, unless they are there. */
export async function makePartitionsAhead(database: Database): Promise<void> {
  await database.query('SELECT make_partitions_ahead()');
}

/** The partitions these numbers fall into. What keeps them from being made is heard by whoever writes into them. */
export async function makePartitionsFor(database: Database, messageIds: readonly string[]): Promise<void> {
  // Few different ones: only those are worth a look.
  await database.attempt(
    `SELECT make_partition(first) FROM (
       SELECT DISTINCT id / partition_size() * partition_size() AS first FROM unnest($1::bigint[]) AS id) AS firsts`,
    [messageIds],
  );
}

/** PostgreSQL found no partition for a row. A broken CHECK has the same code, and a name. */
export function lacksPartition(error: Error): boolean {
  return error instanceof pg.DatabaseError && error.code === '23514' && !error.constraint;
}
