import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@pombo/db/database.ts';
import type { Page } from './pages.ts';

/** One look at a line: what its gate allows, and what is on its way. Times are the database's, in milliseconds since 1970. */
export interface GateLook {
  at: number;
  /** The share of its pace it may use at this moment. */
  share: number;
  blocked: boolean;
  /** Closed to one trial call at a time. */
  closed: boolean;
  /** A worker found it hanging: so many open calls may it have, per lane. */
  held: { now: number; bulk: number } | null;
  parkedAt: number | null;
  parkedReason: string | null;
  open: { now: number; bulk: number };
}

export async function lookAtGate(database: Database, { lineId }: Page): Promise<GateLook> {
  const [row] = await database.query<GateRow>(
    `SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at,
            current_share(g.pace_share, g.pace_share_at) AS share,
            coalesce(g.blocked_until > clock_timestamp(), false) AS blocked, g.trial_at IS NOT NULL AS closed,
            coalesce(g.held_until > clock_timestamp(), false) AS held, g.held_now, g.held_bulk,
            extract(epoch FROM l.v8l_parked_at)::float8 * 1000 AS parked_at, l.v8l_parked_reason AS parked_reason,
            (SELECT count(*)::int FROM delivery d WHERE d.v8l_id = $1::bigint AND d.state = 'sending' AND d.lane = 'now') AS open_now,
            (SELECT count(*)::int FROM delivery d WHERE d.v8l_id = $1::bigint AND d.state = 'sending' AND d.lane = 'bulk') AS open_bulk
       FROM line_gate g JOIN cd_v8_line l USING (v8l_id) WHERE v8l_id = $1::bigint`,
    [lineId],
  );
  if (!row) throw new Error(`no line ${lineId}`);
  return {
    at: row.at,
    share: row.share,
    blocked: row.blocked,
    closed: row.closed,
    held: row.held ? { now: row.held_now ?? 0, bulk: row.held_bulk ?? 0 } : null,
    parkedAt: row.parked_at,
    parkedReason: row.parked_reason,
    open: { now: row.open_now, bulk: row.open_bulk },
  };
}

interface GateRow {
  at: number;
  share: number;
  blocked: boolean;
  closed: boolean;
  held: boolean;
  held_now: number | null;
  held_bulk: number | null;
  parked_at: number | null;
  parked_reason: string | null;
  open_now: number;
  open_bulk: number;
}

/** Looks at a line again and again until it is told to stop; then says everything it saw, in order. */
export function watchGate(database: Database, page: Page): { stop(): Promise<GateLook[]> } {
  const looks: GateLook[] = [];
  let watching = true;
  const watch = async () => {
    while (watching) {
      looks.push(await lookAtGate(database, page));
      await pause(50);
    }
    return looks;
  };
  const watched = watch();
  // Told by `stop`. A test that fails before takes the database away, and nobody is left to listen.
  watched.catch(() => {});
  return {
    stop() {
      watching = false;
      return watched;
    },
  };
}

/** What the line would be if so much time had passed: the short form of a test does not sit it out. */
export async function letTimePass(database: Database, { lineId }: Page, seconds: number): Promise<void> {
  const parameters = [lineId, seconds];
  await database.query(
    `UPDATE line_gate SET pace_share_at = pace_share_at - $2 * interval '1 second', blocked_until = blocked_until - $2 * interval '1 second',
            trial_at = trial_at - $2 * interval '1 second', held_until = held_until - $2 * interval '1 second'
      WHERE v8l_id = $1::bigint`,
    parameters,
  );
  await database.query(
    `UPDATE delivery SET due_at = due_at - $2 * interval '1 second' WHERE v8l_id = $1::bigint AND state IN ('backlog', 'released')`,
    parameters,
  );
}
