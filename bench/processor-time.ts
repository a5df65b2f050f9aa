import { readFile } from 'node:fs/promises';

/** Linux counts in hundredths of a second, whatever the kernel's own clock does. */
const tickMs = 10;

/** What a process has used of the processors since it began, in milliseconds. */
export async function usedByProcess(pid: number): Promise<number> {
  return processTimeMs(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** Of one line of `/proc/<pid>/stat`; the name in it may hold spaces and brackets. */
export function processTimeMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** What all processors together have done so far. */
export interface MachineTime {
  busy: number;
  idle: number;
}

export async function machineTime(): Promise<MachineTime> {
  return machineTimeIn(await readFile('/proc/stat', 'utf8'));
}

/** Waiting for a disk is idleness; what another guest of the same hardware took is not. */
export function machineTimeIn(stat: string): MachineTime {
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softIrq = 0, stolen = 0] = (
    /^cpu +(.*)$/m.exec(stat)?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  return { busy: user + nice + system + irq + softIrq + stolen, idle: idle + waiting };
}

/** Which part of all processors was in use between two looks, 0 to 1. */
export function busyShare(from: MachineTime, until: MachineTime): number {
  const busy = until.busy - from.busy;
  return busy / (busy + until.idle - from.idle);
}
