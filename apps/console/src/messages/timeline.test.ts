import type { MessageSurroundings } from '@pombo/db/message-surroundings.ts';
import type { ShownAttempt, ShownMessage } from '@pombo/db/messages.ts';
import { expect, test } from 'vitest';
import { timelineOf } from './timeline.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, second));

const attempt: ShownAttempt = {
  number: 1,
  worker: 'w:1',
  releasedAt: at(1),
  openedAt: at(1),
  turnAt: at(2),
  closedAt: at(3),
  outcome: 'refused',
  errorClass: 'refused_recipient',
  httpStatus: 400,
  code: 551,
  subcode: 1545041,
  fbtraceId: 'A1',
  text: 'not available',
  connectedMs: 3,
  writtenMs: null,
  answeredMs: 90,
  totalMs: 91,
};

const message: ShownMessage = {
  messageId: '7',
  customerId: '1',
  lineId: '2',
  campaignId: null,
  dest: '44',
  type: 'text',
  reference: null,
  lane: 'bulk',
  status: 'ERROR',
  returnCode: 400,
  returnId: null,
  returnLog: 'not available',
  statusDelivery: 'refused: recipient',
  onUnknown: 'hold',
  createdAt: at(0),
  expiresAt: at(50),
  settledAt: at(3),
  delivery: null,
  attempts: [attempt],
};

const around: MessageSurroundings = {
  lineName: 'page',
  line: null,
  campaign: null,
  idempotencyKey: 'k',
  goesFirst: null,
  replayOf: '5',
  replayedAs: '9',
  replay: 'already',
};

test('a message is told from its acceptance to what it was replayed as', () => {
  const told = timelineOf(message, around);
  expect(told.map(({ what }) => what)).toEqual([
    'Accepted',
    'Released into lane bulk',
    'Attempt 1: refused',
    'Settled: ERROR',
    'Replayed as message 9',
  ]);
  expect(Object.fromEntries(told[0]?.facts ?? [])).toMatchObject({ 'replay of': 'message 5', 'Idempotency-Key': 'k' });
  expect(Object.fromEntries(told[2]?.facts ?? [])).toMatchObject({
    turn: '2026-11-23 12:00:02.000 UTC, 1000 ms after it was asked for',
    phases: 'connected 3 ms · answered 90 ms · total 91 ms',
    code: '551/1545041',
    'error class': 'refused_recipient',
  });
});

test('what is not over says nothing of its end', () => {
  const delivery = {
    state: 'released',
    lane: 'bulk',
    dueAt: at(9),
    leaseUntil: null,
    unknownAt: null,
    releasedAt: at(8),
  } as const;
  // Tried twice after its first release, and released again.
  const attempts = [attempt, { ...attempt, number: 2, openedAt: at(5) }];
  const told = timelineOf({ ...message, settledAt: null, delivery, attempts }, { ...around, replayedAs: null });
  expect(told.map(({ at: when, what }) => [when, what])).toEqual([
    [at(0), 'Accepted'],
    [at(1), 'Released into lane bulk'],
    [at(1), 'Attempt 1: refused'],
    [at(5), 'Attempt 2: refused'],
    [at(8), 'Released into lane bulk'],
  ]);
});

test('what is sent at once is released at once', () => {
  const told = timelineOf({ ...message, lane: 'now', attempts: [{ ...attempt, releasedAt: null }] }, around);
  expect(told.slice(1, 3).map(({ what }) => what)).toEqual(['Released at once, into lane now', 'Attempt 1: refused']);
});

test('of very many attempts the first and the last are shown, and how many there were between', () => {
  const attempts = Array.from({ length: 90 }, (_, index) => ({ ...attempt, number: index + 1 }));
  const attemptsTold = timelineOf({ ...message, attempts }, around)
    .map(({ what }) => what)
    .filter((what) => /attempt/i.test(what));
  expect(attemptsTold).toHaveLength(25);
  expect(attemptsTold.slice(3, 6)).toEqual([
    'Attempt 4: refused',
    '66 more releases and attempts, which are not shown',
    'Attempt 71: refused',
  ]);
});
