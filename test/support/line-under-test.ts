import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from './house.ts';

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
  const giveUpAt = performance.now() + 60_000;
  while (performance.now() < giveUpAt) {
    const turns = await turnsOf(house, lineId, wanted.lane ?? null);
    if (turns.length >= wanted.count) return turns;
    await sleep(50);
  }
  throw new Error(`the line had no ${wanted.count} turns within a minute`);
}

export async function pauseLine(house: House, lineId: string): Promise<void> {
  await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = now() WHERE v8l_id = $1::bigint', [lineId]);
}

/** Lets it go on and says so, as an operator's resume would have been noticed within a second. */
export async function resumeLine(house: House, lineId: string): Promise<void> {
  await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = NULL WHERE v8l_id = $1::bigint', [lineId]);
  await house.queue.signals.ring([lineId]);
}

/** Cancels what waits on a paused line, so that it is out of the way of the next measurement. */
export async function emptyBacklog(house: House, lineId: string): Promise<void> {
  for (;;) {
    const [row] = await house.database.query<{ left: number }>(
      `SELECT cardinality(ids) AS left, CASE WHEN cardinality(ids) > 0 THEN end_unsent(ids, 'CANCELED', 0, 'canceled') END
       FROM (SELECT ARRAY(SELECT cdls_id FROM delivery WHERE v8l_id = $1::bigint AND state = 'backlog' LIMIT 5000) AS ids) b`,
      [lineId],
    );
    if (!row || row.left === 0) return;
  }
}
