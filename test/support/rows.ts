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
