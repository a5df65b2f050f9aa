import type { Lane } from '@pombo/domain/lane.ts';

/** Grants are made this far ahead, so that no turn is lost while it is asked for. */
const aheadMs = 25;
const longestAheadMs = 250;
/** A synchronous send may have the two turns after the next. */
const borrowed = 2;

export type Grant = { kind: 'go'; turnAt: number } | { kind: 'wait'; until: number };

/** The gates of all lines: each gives turns at its pace. The rules are those of `claim_turns`, for lines in good health. */
export function openGates(paces: Float64Array): {
  ask(line: number, lane: Lane, now: number): Grant;
  nextAt(line: number): number;
} {
  const next = new Float64Array(paces.length);
  /** Who was denied in this moment stands before the next who asks in it. */
  const denied = new Int32Array(paces.length);
  const deniedAt = new Float64Array(paces.length).fill(-1);

  return {
    nextAt: (line) => next[line] ?? 0,
    ask(line, lane, now) {
      const intervalMs = 1000 / (paces[line] ?? 0);
      const nextAt = Math.max(next[line] ?? 0, now - intervalMs);
      const before = deniedAt[line] === now ? (denied[line] ?? 0) : 0;
      const turnAt = Math.max(now, nextAt + intervalMs * (before - (lane === 'now' ? borrowed : 0)));
      const ahead = Math.min(borrowed * intervalMs, longestAheadMs) + aheadMs;
      if (turnAt <= now + ahead) {
        next[line] = nextAt + intervalMs;
        return { kind: 'go', turnAt };
      }
      deniedAt[line] = now;
      denied[line] = before + 1;
      return { kind: 'wait', until: turnAt - ahead / 2 };
    },
  };
}
