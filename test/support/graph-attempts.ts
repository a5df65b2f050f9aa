import type { Database } from '@pombo/db/database.ts';
import type { Page } from './graph-page.ts';

/** How the calls of this page ended, in our words; `open` for those that have not. */
export async function attemptsByOutcome(database: Database, { lineId }: Page): Promise<Record<string, number>> {
  const rows = await database.query<{ outcome: string; count: number }>(
    `SELECT coalesce(a.outcome, 'open') AS outcome, count(*)::int AS count
       FROM attempt a JOIN cdls m USING (cdls_id) WHERE m.v8l_id = $1::bigint GROUP BY 1`,
    [lineId],
  );
  return Object.fromEntries(rows.map((row) => [row.outcome, row.count]));
}
