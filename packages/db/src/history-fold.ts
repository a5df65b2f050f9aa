import type { Database } from './database.ts';
import { readHouseNumbers } from './house-numbers.ts';
import { countWorkersAlive } from './processes.ts';

/** `elsewhere`: another process is at it. `more`: come again at once. `look`: nobody has looked yet how things stand in this minute. */
export type HistoryFolded = 'elsewhere' | 'folded' | 'more' | 'look';

/** Adds up what has been counted, by minutes and by hours, and forgets what is too old; see `fold_history`. */
export async function foldHistory(database: Database): Promise<HistoryFolded> {
  const [row] = await database.query<{ said: HistoryFolded }>('SELECT fold_history() AS said');
  return row?.said ?? 'elsewhere';
}

/** Writes down how things stand in this minute, where nobody has, and in this hour, where it is worse than it was. */
export async function takeHistorySample(database: Database): Promise<void> {
  const [numbers, workersAlive] = await Promise.all([readHouseNumbers(database), countWorkersAlive(database)]);
  await database.query(
    `WITH minute AS (
       INSERT INTO history_sample (span, at, backlog, released_now, released_bulk, oldest_age_s, unknown, lines_parked, workers_alive)
       VALUES ('minute', date_trunc('minute', statement_timestamp()), $1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (span, at) DO NOTHING RETURNING *
     )
     INSERT INTO history_sample AS h SELECT 'hour', date_trunc('hour', m.at, 'UTC'), m.backlog, m.released_now, m.released_bulk,
       m.oldest_age_s, m.unknown, m.lines_parked, m.workers_alive FROM minute m
     ON CONFLICT (span, at) DO UPDATE SET backlog = greatest(h.backlog, excluded.backlog),
       released_now = greatest(h.released_now, excluded.released_now), released_bulk = greatest(h.released_bulk, excluded.released_bulk),
       oldest_age_s = greatest(h.oldest_age_s, excluded.oldest_age_s), unknown = greatest(h.unknown, excluded.unknown),
       lines_parked = greatest(h.lines_parked, excluded.lines_parked), workers_alive = least(h.workers_alive, excluded.workers_alive)`,
    [
      numbers.backlog,
      numbers.released.now,
      numbers.released.bulk,
      numbers.oldestAgeSeconds,
      numbers.unknown,
      numbers.linesParked,
      workersAlive,
    ],
  );
}
