import type { Lane } from '@pombo/domain/lane.ts';
import type { Database } from './database.ts';

/** What a lane of a worker does. */
export interface LaneDoing {
  /** Calls to Graph that are open, and how many may be. */
  openCalls: number;
  slots: number;
  /** Since it last took a note from the queue; null: it never did. */
  secondsSinceNote: number | null;
}

/** What a process says it does. */
export interface ProcessDoing {
  pool: { total: number; idle: number; waiting: number };
  /** How late its event loop was in the slowest hundredth of the last seconds. */
  eventLoopDelayMs: number;
  /** A worker: its lanes, and the messages it sent in the last minute. */
  lanes?: Record<Lane, LaneDoing>;
  sentLastMinute?: number;
  /** An API: synchronous callers that wait. */
  callersWaiting?: number;
}

export interface ProcessIdentity {
  /** Different for every process that ever ran. */
  id: string;
  /** Where it runs, and its number there: the name in the attempts of a worker. */
  name: string;
  kind: 'api' | 'worker' | 'console';
  version: string;
  host: string;
}

export interface RunningProcess extends ProcessIdentity {
  startedAt: Date;
  /** Since it was last heard of. */
  secondsSilent: number;
  doing: ProcessDoing;
}

/** Whoever was not heard of for so long is taken for gone; it speaks every five seconds. */
export const silentAfterSeconds = 15;

/** @param upSeconds for how long it has been running */
export async function sayAlive(
  database: Database,
  { id, name, kind, version, host }: ProcessIdentity,
  upSeconds: number,
  doing: ProcessDoing,
): Promise<void> {
  await database.query(
    `INSERT INTO process AS p (id, name, kind, version, host, started_at, seen_at, doing)
     VALUES ($1, $2, $3, $4, $5, clock_timestamp() - $6::float8 * interval '1 second', clock_timestamp(), $7)
     ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, doing = excluded.doing`,
    [id, name, kind, version, host, upSeconds, JSON.stringify(doing)],
  );
}

/** It has stopped, and nobody need look for it. */
export async function sayGone(database: Database, { id }: ProcessIdentity): Promise<void> {
  await database.query('DELETE FROM process WHERE id = $1', [id]);
}

/** Those that run, and for an hour those that fell silent. */
export function listProcesses(database: Database): Promise<RunningProcess[]> {
  return database.query<RunningProcess & Record<string, unknown>>(
    `SELECT id, name, kind, version, host, started_at AS "startedAt", doing,
       greatest(0, extract(epoch FROM clock_timestamp() - seen_at))::float8 AS "secondsSilent"
     FROM process WHERE seen_at > clock_timestamp() - interval '1 hour' ORDER BY kind DESC, started_at, name`,
  );
}

export async function countWorkersAlive(database: Database): Promise<number> {
  const [row] = await database.query<{ alive: number }>(
    "SELECT count(*)::int AS alive FROM process WHERE kind = 'worker' AND seen_at > clock_timestamp() - $1 * interval '1 second'",
    [silentAfterSeconds],
  );
  return row?.alive ?? 0;
}
