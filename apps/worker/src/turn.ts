import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, ClaimResult, OpenAttempt } from '@pombo/db/claim.ts';
import type { Note, Verdict } from '@pombo/queue/queue.ts';
import type { Lateness } from './lateness.ts';

/** A turn this close is waited for in the slot; a farther one frees the slot and the note sleeps. */
const waitInSlotMs = 250;
/** A call whose first byte is not written this long after its turn is given back: somebody may hold its lease by then. */
const turnLastsMs = 5_000;
/** So many turns of its line, or so long if that is longer, may a bulk call come after its own. */
const lateTurns = 2;
const lateMs = 50;

export type Turn =
  | { kind: 'go'; attempt: OpenAttempt; mayWrite: () => boolean; turnWaitMs: number }
  | { kind: 'ended'; lineId: string; origin: string | null }
  | { kind: 'not_now'; verdict: Verdict };

/**
 * Takes this note's turn and comes back when it has begun. `mayWrite` says no when it would come too late for its turn, or when
 * the turn is over; that clock starts before the claim is asked for, so that a process that was stopped in between finds its
 * turn over, too.
 */
export async function takeTurn(
  { claim, lateness }: { claim: (claim: Claim) => Promise<ClaimResult>; lateness: Lateness },
  note: Note,
): Promise<Turn> {
  const startedAt = performance.now();
  for (;;) {
    const askedAt = performance.now();
    const result = await claim(note);
    switch (result.kind) {
      case 'go': {
        // Counted from the answer, so that nobody goes early; the way back is short. The end is counted from the question.
        const turnAt = performance.now() + result.turnInMs;
        await until(turnAt);
        const mayWrite = () => {
          const now = performance.now();
          const late = isTooLate(result, now - turnAt - lateness.usualMs());
          if (result.intervalMs > 0) lateness.observe(now - turnAt);
          return !late && now < askedAt + result.turnInMs + turnLastsMs;
        };
        return { kind: 'go', attempt: result, mayWrite, turnWaitMs: performance.now() - startedAt };
      }
      case 'wait':
        if (result.afterMs > waitInSlotMs) {
          return { kind: 'not_now', verdict: { kind: 'again', afterMs: result.afterMs } };
        }
        await sleep(result.afterMs);
        break;
      case 'ended':
        return result;
      case 'done':
        return { kind: 'not_now', verdict: { kind: 'done' } };
    }
  }
}

/**
 * After a standstill, or while connections are opened, turns that passed meanwhile would all be taken at once, and Graph
 * would see more in a second than the line's pace. Those of bulk are given back, but only at a message's first attempt.
 * `lateByMs` is how much later it is than usual: on a machine that is always late nothing comes in a bunch. A line at less
 * than half its pace has no other turns near by.
 */
export function isTooLate({ lane, attempt, intervalMs }: OpenAttempt, lateByMs: number): boolean {
  return lane === 'bulk' && attempt === 1 && intervalMs > 0 && lateByMs > Math.max(lateMs, lateTurns * intervalMs);
}

/** A timer takes at least a millisecond, so a turn that has begun goes without one. */
async function until(turnAt: number): Promise<void> {
  const remainingMs = turnAt - performance.now();
  if (remainingMs > 0) await sleep(remainingMs);
}
