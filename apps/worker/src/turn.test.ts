import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimResult, OpenAttempt } from '@pombo/db/claim.ts';
import { expect, test } from 'vitest';
import { isTooLate, type Turn, takeTurn } from './turn.ts';

const attempt: OpenAttempt = {
  messageId: '1',
  attempt: 1,
  tries: 0,
  lineId: '1',
  campaignId: null,
  lane: 'bulk',
  dest: '2',
  type: 'text',
  data: 'hello',
  sealedToken: 'sealed',
  sealedAppSecret: null,
  origin: null,
  traceparent: null,
  waitedMs: 0,
  intervalMs: 25,
};
const note = { messageId: '1', release: 1 };

function take(claim: () => Promise<ClaimResult>, usualMs = 0): Promise<Turn> {
  return takeTurn({ claim, lateness: { usualMs: () => usualMs, observe() {} } }, note);
}

/** The turn is 5 ms away, and the process stands still from now on for `standstillMs`. */
async function mayWriteAfter(standstillMs: number, over: Partial<OpenAttempt> = {}): Promise<boolean> {
  const turn = await take(async () => {
    setTimeout(() => standStill(standstillMs), 1);
    return { kind: 'go', turnInMs: 5, ...attempt, ...over };
  });
  if (turn.kind !== 'go') throw new Error(`no turn: ${turn.kind}`);
  return turn.mayWrite();
}

function standStill(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

test('a turn of bulk that comes much too late is given back, whoever waits gets his', async () => {
  expect(await mayWriteAfter(120)).toBe(false);
  expect(await mayWriteAfter(120, { lane: 'now' })).toBe(true);
});

test('late is measured in turns of the line, and only where they follow one another', async () => {
  const late = (intervalMs: number, lateByMs: number) => isTooLate({ ...attempt, intervalMs }, lateByMs);
  expect([late(25, 0), late(25, 50), late(25, 51)]).toEqual([false, false, true]);
  expect([late(2, 50), late(2, 51)]).toEqual([false, true]);
  expect([late(200, 400), late(200, 401)]).toEqual([false, true]);
  expect(await mayWriteAfter(120, { intervalMs: 2 })).toBe(false);
  expect(await mayWriteAfter(120, { intervalMs: 0 })).toBe(true);
});

test('a message is given back for being late only once', async () => {
  expect(await mayWriteAfter(120, { attempt: 2 })).toBe(true);
});

test('where every turn is late, none is given back for that', async () => {
  const late = async (): Promise<ClaimResult> => ({ kind: 'go', turnInMs: -200, ...attempt });
  const mayWrite = async (usualMs: number) => {
    const turn = await take(late, usualMs);
    return turn.kind === 'go' && turn.mayWrite();
  };
  expect([await mayWrite(0), await mayWrite(180)]).toEqual([false, true]);
});

test('a slow claim alone makes no turn late', async () => {
  const turn = await take(async () => {
    await sleep(120);
    return { kind: 'go', turnInMs: 0, ...attempt };
  });
  expect(turn.kind === 'go' && turn.mayWrite()).toBe(true);
});

test('a near turn is waited for, a far one puts the note to sleep', async () => {
  const answers: ClaimResult[] = [
    { kind: 'wait', afterMs: 5 },
    { kind: 'wait', afterMs: 251 },
  ];
  let asked = 0;
  const turn = await take(async () => answers[asked++] ?? { kind: 'done' });
  expect([turn, asked]).toEqual([{ kind: 'not_now', verdict: { kind: 'again', afterMs: 251 } }, 2]);
});
