import type { Lane } from '@pombo/domain/lane.ts';

/** Grants are made this far ahead, so that no turn is lost while it is asked for. */
const aheadMs = 25;
const longestAheadMs = 250;
/** A synchronous send may have the two turns after the next. */
const borrowed = 2;

export interface Asking {
  line: number;
  lane: Lane;
  /** As many turns as its line had given to lane `bulk` when it was released, and messages before it in that line. */
  place: number;
}

export type Grant = { kind: 'go'; turnAt: number } | { kind: 'wait'; until: number };

/** The gates of all lines: each gives turns at its pace. The rules are those of `claim_turns`, for lines in good health. */
export function openGates(paces: Float64Array): {
  ask(asking: Asking, now: number): Grant;
  nextAt(line: number): number;
  given(line: number): number;
} {
  const next = new Float64Array(paces.length);
  const given = new Float64Array(paces.length);
  /** Who was denied in this moment stands before the next who asks in it. */
  const denied = new Int32Array(paces.length);
  const deniedAt = new Float64Array(paces.length).fill(-1);

  return {
    nextAt: (line) => next[line] ?? 0,
    given: (line) => given[line] ?? 0,
    ask({ line, lane, place }, now) {
      const intervalMs = 1000 / (paces[line] ?? 0);
      const nextAt = Math.max(next[line] ?? 0, now - intervalMs);
      const deniedNow = deniedAt[line] === now ? (denied[line] ?? 0) : 0;
      const before = lane === 'now' ? deniedNow : Math.max(deniedNow, place - (given[line] ?? 0));
      const freeAt = nextAt - (lane === 'now' ? borrowed * intervalMs : 0);
      const ownAt = Math.max(now, freeAt + before * intervalMs);
      const ahead = Math.min(borrowed * intervalMs, longestAheadMs) + aheadMs;
      if (ownAt <= now + ahead) {
        next[line] = nextAt + intervalMs;
        if (lane === 'bulk') given[line] = (given[line] ?? 0) + 1;
        return { kind: 'go', turnAt: Math.max(now, freeAt) };
      }
      deniedAt[line] = now;
      denied[line] = deniedNow + 1;
      return { kind: 'wait', until: ownAt - ahead / 2 };
    },
  };
}
