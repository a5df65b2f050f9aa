import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from './database.ts';
import { makePartitionsAhead } from './partitions.ts';

/** Why the messages of a partition stay; or `over`: they may go. See `partition_standing`. */
export type PartitionStanding = 'open' | 'young' | 'unfinished' | 'over';

/** The messages from `firstId` up to, but without, `nextId`. */
export interface LogPartition {
  firstId: string;
  nextId: string;
  standing: PartitionStanding;
  /** When its first and its last message were accepted; null: it has none. */
  oldestAt: Date | null;
  newestAt: Date | null;
  /** On disk, with indexes and attempts. */
  bytes: number;
}

/** The partitions of the log, the oldest first. `days`: how old the newest of one must be to be `over`; null: none is. */
export function listPartitions(database: Database, days: number | null): Promise<LogPartition[]> {
  return database.query<LogPartition & Record<string, unknown>>(
    `SELECT first_id AS "firstId", next_id AS "nextId", standing, oldest_at AS "oldestAt", newest_at AS "newestAt",
       bytes::float8 AS bytes
     FROM log_partitions(statement_timestamp() - make_interval(days => $1::int))`,
    [days],
  );
}

export type RetentionEnd =
  | 'done'
  /** Another process is at it. */
  | 'busy'
  /** Whoever reads the log for long did not let it be changed: the rest is for the next time. */
  | 'log_in_use';

export interface RetentionParts {
  database: Database;
  days: number;
  /** Puts a partition away before it is dropped. It is dropped only when this resolves. */
  archive: ((partition: LogPartition) => Promise<void>) | null;
  onDropped: (partition: LogPartition) => void | Promise<void>;
  random: () => number;
}

/** Drops every partition that is over, with everything that hangs on its messages. One process at a time; safe to repeat. */
export async function dropOldPartitions(parts: RetentionParts): Promise<RetentionEnd> {
  const { database, days, archive, onDropped } = parts;
  return alone(database, async () => {
    for (const left of await listLeftPartitions(database)) {
      if (!(await clearAway(parts, left))) return 'log_in_use';
    }
    await endOpenPartition(database, days);
    for (const partition of await listPartitions(database, days)) {
      if (partition.standing !== 'over') continue;
      await archive?.(partition);
      const standing = await whenFree(parts, () => dropLogPartition(database, partition, days));
      if (standing === 'in_use') return 'log_in_use';
      if (standing !== 'over') continue;
      await onDropped(partition);
      if (!(await clearAway(parts, partition))) return 'log_in_use';
    }
    return 'done';
  });
}

const turn = 'pombo: retention';

/** One connection holds the lock for all the others; if this process dies, PostgreSQL lets it go. */
async function alone(database: Database, work: () => Promise<RetentionEnd>): Promise<RetentionEnd> {
  const holder = await database.pool.connect();
  let broken = true;
  try {
    const { rows } = await holder.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS mine', [turn]);
    if (!rows[0]?.mine) {
      broken = false;
      return 'busy';
    }
    const end = await work();
    await holder.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [turn]);
    broken = false;
    return end;
  } finally {
    // Whatever went wrong, the lock goes with the connection.
    holder.release(broken);
  }
}

const numbersAtOnce = 100_000;

/**
 * Where few messages are sent a partition would stay open for years, and what is in it with it. So when its first message is
 * as old as messages may get, the rest of its numbers is used up. They are drawn, not set: whoever draws beside us gets
 * numbers of his own.
 */
async function endOpenPartition(database: Database, days: number): Promise<void> {
  const [open] = await database.query<{ left: number }>(
    `SELECT (p.next_id - s.last_value)::int AS left FROM cdls_cdls_id_seq s, log_partitions(NULL) p
      WHERE p.first_id <= s.last_value AND s.last_value < p.next_id
        AND p.oldest_at < statement_timestamp() - make_interval(days => $1::int)`,
    [days],
  );
  for (let left = open?.left ?? 0; left > 0; left -= numbersAtOnce) {
    await database.query("SELECT count(nextval('cdls_cdls_id_seq')) FROM generate_series(1, $1::int)", [
      Math.min(left, numbersAtOnce),
    ]);
  }
  await makePartitionsAhead(database);
}

async function dropLogPartition(database: Database, { firstId }: LogPartition, days: number): Promise<string> {
  const [row] = await database.query<{ standing: string }>(
    'SELECT drop_log_partition($1, statement_timestamp() - make_interval(days => $2::int)) AS standing',
    [firstId, days],
  );
  if (!row) throw new Error('drop_log_partition said nothing');
  return row.standing;
}

type Range = Pick<LogPartition, 'firstId' | 'nextId'>;

/** What a drop that was broken off has left. */
function listLeftPartitions(database: Database): Promise<Range[]> {
  return database.query<Range & Record<string, unknown>>(
    'SELECT first_id AS "firstId", next_id AS "nextId" FROM left_partitions()',
  );
}

/** Tables with rows about single messages, which nobody can ask for when these are gone. */
const beside = ['unsent_message'] as const;

/** The attempts, with the ids at Meta, go last: while they are there, a drop that was broken off is found again. False: they are being read. */
async function clearAway(parts: RetentionParts, { firstId, nextId }: Range): Promise<boolean> {
  const { database } = parts;
  for (const table of beside) {
    await database.query(`DELETE FROM ${table} WHERE cdls_id >= $1 AND cdls_id < $2`, [firstId, nextId]);
  }
  return (await whenFree(parts, () => database.query('SELECT drop_left_partition($1)', [firstId]))) !== 'in_use';
}

const tries = 5;
const pauseMs = 2_000;

/** Tries again what found a table in use. Between the tries everybody else goes on. */
async function whenFree<Result>(
  { random }: Pick<RetentionParts, 'random'>,
  drop: () => Promise<Result>,
): Promise<Result | 'in_use'> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await drop();
    } catch (error) {
      if (!isInUse(error)) throw error;
      if (tried === tries) return 'in_use';
      await sleep(pauseMs * (0.5 + random()));
    }
  }
}

/** PostgreSQL's `lock_not_available`, and a deadlock it has ended by giving up on us. */
function isInUse(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01');
}

/** More would not fit into memory where texts are long. */
const linesAtOnce = 500;

/**
 * The messages of a partition, each as a line of JSON under the names of the columns, its attempts with it; the lowest
 * number first.
 */
export async function* readPartitionLines(database: Database, { firstId, nextId }: Range): AsyncGenerator<string> {
  for (let from = firstId; ; ) {
    const rows = await database.query<{ id: string; line: string }>(
      `SELECT m.cdls_id AS id, row_to_json(whole)::text AS line FROM cdls m CROSS JOIN LATERAL (
         SELECT m.*, coalesce((SELECT json_agg(a ORDER BY a.number) FROM attempt a WHERE a.cdls_id = m.cdls_id), '[]') AS attempts) whole
       WHERE m.cdls_id >= $1::bigint AND m.cdls_id < $2::bigint ORDER BY m.cdls_id LIMIT $3`,
      [from, nextId, linesAtOnce],
    );
    yield rows.map(({ line }) => `${line}\n`).join('');
    const last = rows.at(-1);
    if (!last || rows.length < linesAtOnce) return;
    from = String(BigInt(last.id) + 1n);
  }
}
