import type { Database } from './database.ts';

/**
 * What waits in the whole house. The two figures about the backlog are as of the last count of the workers' sweep: about
 * a second old, or 20 times as old as the count took (some seconds with a million messages), where counting anew for
 * every scrape of every worker would read all of them each time.
 */
export interface HouseNumbers {
  backlog: number;
  /** Age in seconds of the oldest message that is due and not released; 0 when there is none. */
  backlogOldestAgeSeconds: number;
  unknown: number;
  linesParked: number;
}

export async function readHouseNumbers(database: Database): Promise<HouseNumbers> {
  const [row] = await database.query<HouseNumbers & Record<string, unknown>>(
    `SELECT
       (SELECT coalesce(sum(messages), 0)::float8 FROM line_backlog) AS backlog,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - min(oldest_due_at))::float8 FROM line_backlog), 0) AS "backlogOldestAgeSeconds",
       (SELECT count(*)::int FROM delivery WHERE state = 'unknown') AS unknown,
       (SELECT count(*)::int FROM cd_v8_line
         WHERE v8l_parked_at IS NOT NULL AND (v8l_parked_until IS NULL OR v8l_parked_until > clock_timestamp())) AS "linesParked"`,
  );
  return row ?? { backlog: 0, backlogOldestAgeSeconds: 0, unknown: 0, linesParked: 0 };
}
