import type { LaneDoing } from '@pombo/db/processes.ts';
import { type Lane, lanes } from '@pombo/domain/lane.ts';
import type { OutcomeKind } from '@pombo/domain/outcome.ts';

/** What this process is doing, for whoever looks at the console. */
export interface Activity {
  noteTaken(lane: Lane): void;
  /** The answer is to be called with what came of the call. */
  callBegan(lane: Lane): (outcome: OutcomeKind) => void;
  now(): { lanes: Record<Lane, LaneDoing>; sentLastMinute: number };
}

const minuteMs = 60_000;
const sliceMs = 5_000;

/** @param clock one that only goes forward, in milliseconds */
export function createActivity(slots: Readonly<Record<Lane, number>>, clock: () => number): Activity {
  const openCalls = { now: 0, bulk: 0 };
  const noteAt: Record<Lane, number | null> = { now: null, bulk: null };
  let slices: { began: number; sent: number }[] = [];

  function countSent(at: number): void {
    const last = slices.at(-1);
    if (last && at - last.began < sliceMs) last.sent += 1;
    else slices = [...slices.filter(({ began }) => at - began < minuteMs), { began: at, sent: 1 }];
  }

  function laneNow(lane: Lane): LaneDoing {
    const at = noteAt[lane];
    return {
      openCalls: openCalls[lane],
      slots: slots[lane],
      secondsSinceNote: at === null ? null : (clock() - at) / 1_000,
    };
  }

  return {
    noteTaken(lane) {
      noteAt[lane] = clock();
    },
    callBegan(lane) {
      openCalls[lane] += 1;
      return (outcome) => {
        openCalls[lane] -= 1;
        if (outcome === 'sent') countSent(clock());
      };
    },
    now() {
      const at = clock();
      const recent = slices.filter(({ began }) => at - began < minuteMs);
      return {
        lanes: Object.fromEntries(lanes.map((lane) => [lane, laneNow(lane)])) as Record<Lane, LaneDoing>,
        sentLastMinute: recent.reduce((sum, { sent }) => sum + sent, 0),
      };
    },
  };
}
