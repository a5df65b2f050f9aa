import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { isAlive, markOf, type ProcessMark } from './process-mark.ts';

/**
 * One `npm start` per data folder. A lock whose process is gone is taken over. Throws a Refusal while another one runs.
 * The answer releases it.
 */
export async function lockHome(home: string): Promise<() => Promise<void>> {
  const path = join(home, 'lock');
  for (;;) {
    if (await create(path)) return () => rm(path, { force: true });
    const holder = await readHolder(path);
    if (holder !== null && (await isAlive(holder))) {
      throw new Refusal(
        `Another \`npm start\` of this clone is running (process ${holder.pid}). Stop it first, or give this one a folder of its own with --data.`,
      );
    }
    await putAside(path, holder);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(await markOf(process.pid)), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<ProcessMark | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}

/** Two may find the same stale lock; the one who is late must not take away the new lock of the other. */
async function putAside(path: string, stale: ProcessMark | null): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await readHolder(aside);
  if (taken !== null && taken.pid !== stale?.pid) await rename(aside, path);
  else await rm(aside, { force: true });
}
