import type { Database } from './database.ts';

/** Puts these on the customer's exclusion list: campaigns send them nothing from now on. How many were not on it yet. */
export async function excludeRecipients(
  database: Database,
  customerId: string,
  dests: readonly string[],
): Promise<number> {
  // In the same order in every statement, so that two of them cannot wait for each other.
  const rows = await database.query(
    `INSERT INTO excluded_recipient (cdcs_id, dest) SELECT $1, dest FROM unnest($2::text[]) AS dest ORDER BY dest
      ON CONFLICT DO NOTHING RETURNING 1`,
    [customerId, dests],
  );
  return rows.length;
}

/** Takes these from the list; how many were on it. */
export async function includeRecipients(
  database: Database,
  customerId: string,
  dests: readonly string[],
): Promise<number> {
  const rows = await database.query(
    'DELETE FROM excluded_recipient WHERE cdcs_id = $1 AND dest = ANY ($2::text[]) RETURNING 1',
    [customerId, dests],
  );
  return rows.length;
}

/** In the order of their text; `after` is the last of the page before. */
export function listExcluded(
  database: Database,
  customerId: string,
  after: string,
  limit: number,
): Promise<{ dest: string; createdAt: Date }[]> {
  return database.query<{ dest: string; createdAt: Date }>(
    `SELECT dest, created_at AS "createdAt" FROM excluded_recipient WHERE cdcs_id = $1 AND dest > $2
      ORDER BY dest LIMIT $3`,
    [customerId, after, limit],
  );
}
