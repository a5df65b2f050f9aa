import { describe, expect, it } from 'vitest';
import { busyShare, machineTimeIn, processTimeMs } from './processor-time.ts';

describe('processor time', () => {
  it('of a process is its own and the kernel’s work for it, whatever it is called', () => {
    const stat = '4711 (a (bad) name) S 1 2 3 4 5 6 7 8 9 10 150 50 7 7 20 0 11 0 12345 1000000 200';
    expect(processTimeMs(stat)).toBe(2_000);
  });

  it('of the machine is everything but idling and waiting for disks', () => {
    const stat = 'cpu  100 0 50 800 40 5 5 0 0 0\ncpu0 50 0 25 400 20 2 3 0 0 0\n';
    expect(machineTimeIn(stat)).toEqual({ busy: 160, idle: 840 });
  });

  it('is a share of what there was', () => {
    expect(busyShare({ busy: 100, idle: 100 }, { busy: 175, idle: 125 })).toBe(0.75);
  });
});
