import { readFile } from 'node:fs/promises';

/** A process, told apart from a later one that was given the same number. */
export interface ProcessMark {
  pid: number;
  /** When it started, in the kernel's words; null where the kernel does not tell. */
  started: string | null;
}

export async function markOf(pid: number): Promise<ProcessMark> {
  return { pid, started: await startedAt(pid) };
}

export async function isAlive(mark: ProcessMark): Promise<boolean> {
  if (!hasProcess(mark.pid)) return false;
  return mark.started === null || mark.started === (await startedAt(mark.pid));
}

export function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The boot and the clock tick the process started in, from /proc. */
async function startedAt(pid: number): Promise<string | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the name in brackets, which may contain anything; the start is the 22nd field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot.trim()}:${fields[19]}`;
  } catch {
    return null;
  }
}
