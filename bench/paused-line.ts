import type { House } from '../test/support/house.ts';

export async function pauseLines(house: House, lineIds: readonly string[]): Promise<void> {
  await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = now() WHERE v8l_id = ANY ($1::bigint[])', [
    lineIds,
  ]);
}

/** Lets them go on and says so, as an operator's resume would have been noticed within a second. */
export async function resumeLines(house: House, lineIds: readonly string[]): Promise<void> {
  await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = NULL WHERE v8l_id = ANY ($1::bigint[])', [lineIds]);
  await house.queue.signals.ring(lineIds);
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
