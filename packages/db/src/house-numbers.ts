import type { Lane } from '@pombo/domain/lane.ts';
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
  /** For how many seconds the oldest of them has been unknown; 0 when there is none. */
  unknownOldestAgeSeconds: number;
  linesParked: number;
  /** Released messages that have no turn yet, at most `mostReleased` of a lane. */
  released: Record<Lane, number>;
  /** Released messages whose time has come and that nobody has claimed, at most `mostReleased` of a lane. */
  releasedDue: Record<Lane, number>;
  /** Calls to Graph that are open. */
  openCalls: number;
  /** Age in seconds of the oldest message that is released, or due and not released; 0 when there is none. */
  oldestAgeSeconds: number;
}

/** Lane `bulk` never has so many (see `releaseLines`); when lane `now` has, it is no matter how many more there are. */
const mostReleased = 10_000;

export async function readHouseNumbers(database: Database): Promise<HouseNumbers> {
  const [row] = await database.query<HouseNumbers & Record<string, unknown>>(
    `SELECT
       (SELECT coalesce(sum(messages), 0)::float8 FROM line_backlog) AS backlog,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - min(oldest_due_at))::float8 FROM line_backlog), 0) AS "backlogOldestAgeSeconds",
       (SELECT count(*)::int FROM delivery WHERE state = 'unknown') AS unknown,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - min(unknown_at))::float8 FROM delivery WHERE state = 'unknown'), 0)
         AS "unknownOldestAgeSeconds",
       jsonb_build_object('now', ${released('now', 'true')}, 'bulk', ${released('bulk', 'true')}) AS released,
       jsonb_build_object('now', ${released('now', isDue)}, 'bulk', ${released('bulk', isDue)}) AS "releasedDue",
       (SELECT count(*)::int FROM delivery WHERE state = 'sending') AS "openCalls",
       coalesce(extract(epoch FROM clock_timestamp() - least(
         (SELECT min(oldest_due_at) FROM line_backlog),
         (SELECT min(accepted_at) FROM (SELECT accepted_at FROM delivery WHERE state = 'released' LIMIT 2 * ${mostReleased}) AS r)))::float8, 0)
         AS "oldestAgeSeconds",
       (SELECT count(*)::int FROM cd_v8_line
         WHERE v8l_parked_at IS NOT NULL AND (v8l_parked_until IS NULL OR v8l_parked_until > clock_timestamp())) AS "linesParked"`,
  );
  if (!row) throw new Error('a question for one row was answered with none');
  return row;
}

const isDue = 'due_at <= statement_timestamp()';

function released(lane: Lane, which: string): string {
  return `(SELECT count(*) FROM (SELECT 1 FROM delivery
    WHERE state = 'released' AND lane = '${lane}' AND ${which} LIMIT ${mostReleased}) AS those)`;
}
