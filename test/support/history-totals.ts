import type { Database } from '@pombo/db/database.ts';

/** Everything the history has ever counted, by what was counted: what is added up already, and what is not yet. */
export async function historyTotals(database: Database): Promise<Record<string, number>> {
  const rows = await database.query<{ what: string; n: number }>(
    `SELECT what, sum(n)::float8 AS n FROM (
       SELECT what, n FROM history_count WHERE span = 'hour' UNION ALL SELECT what, n FROM history_delta) AS counted
     GROUP BY what HAVING sum(n) <> 0 ORDER BY what`,
  );
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
}

/** The same by the rows, as far as these tell: what was accepted, and what has ended how. */
export async function recountHistory(database: Database): Promise<Record<string, number>> {
  const rows = await database.query<{ what: string; n: number }>(
    `SELECT 'accepted ' || CASE WHEN cdls_campaign_id IS NULL THEN cdls_lane ELSE 'campaign' END AS what, count(*)::float8 AS n
       FROM cdls GROUP BY 1
     UNION ALL
     SELECT 'settled ' || cdls_status, count(*) FROM cdls WHERE cdls_status IN ('OK', 'ERROR', 'CANCELED') GROUP BY 1
     ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
}

/** Only what rows tell of: how calls failed, and how often outcomes became unknown, they do not. */
export function asRowsTell(totals: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).filter(([what]) => /^(accepted|settled) /.test(what)));
}
