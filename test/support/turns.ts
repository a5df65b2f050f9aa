import type { House } from './house.ts';
import { until } from './until.ts';

/** When the turns of a line's calls were, as recorded: milliseconds since 1970, to the microsecond. */
export async function turnsOf(house: House, lineId: string, lane: 'now' | 'bulk' | null = null): Promise<number[]> {
  const rows = await house.database.query<{ at: number }>(
    `SELECT extract(epoch FROM a.turn_at)::float8 * 1000 AS at
     FROM cdls m JOIN attempt a USING (cdls_id)
     WHERE m.v8l_id = $1::bigint AND ($2::text IS NULL OR m.cdls_lane = $2) ORDER BY a.turn_at`,
    [lineId, lane],
  );
  return rows.map((row) => row.at);
}

/** Waits until the line has had so many turns, in lane `bulk` or in any; they come back. */
export async function untilTurns(
  house: House,
  lineId: string,
  wanted: { count: number; lane?: 'bulk' },
): Promise<number[]> {
  let turns: number[] = [];
  const hasHadThem = async () => {
    turns = await turnsOf(house, lineId, wanted.lane ?? null);
    return turns.length >= wanted.count;
  };
  await until(hasHadThem, 60_000, () => ({ lineId, wanted, turns: turns.length }));
  return turns;
}
