import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '../refusal.ts';
import { hasProcess } from '../start/process-mark.ts';

const patienceMs = 60_000;

/**
 * A starter that was killed leaves its PostgreSQL behind, running or as a stale postmaster.pid. A running one is stopped
 * in good order; a stale file goes, because its number may belong to somebody else by now, at which PostgreSQL would
 * refuse to start.
 */
export async function clearLeftover(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = await readPid(file);
  if (pid === null) return;
  if (!(await isPostgresOf(pid, data))) return rm(file, { force: true });
  process.kill(pid, 'SIGINT');
  const giveUpAt = performance.now() + patienceMs;
  while (hasProcess(pid)) {
    if (performance.now() > giveUpAt)
      throw new Refusal(
        `An older PostgreSQL (process ${pid}) still uses ${data} and does not stop. End it, then start again.`,
      );
    await pause(50);
  }
}

async function readPid(file: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Whether that process is a server on this folder. Where the kernel does not tell, a living process counts as one. */
async function isPostgresOf(pid: number, data: string): Promise<boolean> {
  if (!hasProcess(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return words.includes(data);
  } catch {
    return false;
  }
}
