import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@pombo/db/database.ts';

/** How many messages of this line say what. */
export async function countByStatus(database: Database, lineId: string): Promise<Record<string, number>> {
  const rows = await database.query<{ status: string; count: number }>(
    'SELECT cdls_status AS status, count(*)::int AS count FROM cdls WHERE v8l_id = $1::bigint GROUP BY 1',
    [lineId],
  );
  return Object.fromEntries(rows.map((row) => [row.status, row.count]));
}

/** How the calls of this line ended, in our words; `open` for those that have not. What was given back unsent was none. */
export async function attemptsByOutcome(database: Database, lineId: string): Promise<Record<string, number>> {
  const rows = await database.query<{ outcome: string; count: number }>(
    `SELECT coalesce(a.outcome, 'open') AS outcome, count(*)::int AS count
       FROM attempt a JOIN cdls m USING (cdls_id) WHERE m.v8l_id = $1::bigint AND a.outcome IS DISTINCT FROM 'withheld' GROUP BY 1`,
    [lineId],
  );
  return Object.fromEntries(rows.map((row) => [row.outcome, row.count]));
}

/** Resolves when no message of this line is still being worked on; unknown ones are not. */
export async function untilNothingPending(database: Database, lineId: string, withinMs: number): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const counts = await countByStatus(database, lineId).catch(() => ({ PENDING: -1 }) as Record<string, number>);
    if (!counts.PENDING) return;
    if (performance.now() > giveUpAt) {
      const left = await database.query('SELECT * FROM delivery WHERE v8l_id = $1::bigint ORDER BY position LIMIT 3', [
        lineId,
      ]);
      throw new Error(`still pending after ${withinMs} ms: ${JSON.stringify({ counts, left })}`);
    }
    await pause(50);
  }
}

/**
 * Ends the leases that are older than any call with a text can be (15 s of 45). Whoever holds one has lost it: it was
 * killed, or the claim's answer never reached it. The short forms of the fault tests need not wait for the rest.
 */
export async function endForgottenLeases(database: Database): Promise<void> {
  await database.query(
    `UPDATE delivery SET lease_until = clock_timestamp() - interval '1 second'
      WHERE state = 'sending' AND lease_until < clock_timestamp() + interval '25 seconds'`,
  );
}
