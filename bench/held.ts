import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@pombo/db/database.ts';
import type { Redis } from 'ioredis';

/** In MB of a million bytes, as all of these. */
const megabyte = 1_000_000;

/** What Redis holds by its own account. */
export async function heldByRedis(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]) / megabyte;
}

/** The resident memory of a process. */
export async function heldByProcess(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / megabyte;
}

/** The database on disk: tables and indexes, without the write-ahead log. */
export async function heldByDatabase(database: Database): Promise<number> {
  const [row] = await database.query<{ bytes: number }>('SELECT pg_database_size(current_database())::float8 AS bytes');
  return (row?.bytes ?? Number.NaN) / megabyte;
}

/** Reads again and again until `work` is done; resolves with all readings. */
export async function readWhile(
  work: Promise<unknown>,
  everyMs: number,
  read: () => Promise<number>,
): Promise<number[]> {
  const readings: number[] = [];
  const done = work.then(() => true);
  do readings.push(await read());
  while (!(await Promise.race([done, sleep(everyMs, false)])));
  return readings;
}
