import { expect, test } from 'vitest';
import { type MessageHoldFacts, messageHolds } from './message-hold.ts';

const now = new Date('2026-11-23T12:00:00Z');
const waiting: MessageHoldFacts = {
  state: 'backlog',
  onUnknown: 'hold',
  dueAt: now,
  leaseUntil: null,
  line: { word: 'open', sentence: 'It may send, and nothing slows it.' },
  campaignHold: null,
  goesFirst: null,
};

test('a message that waits says all that keeps it, its line first', () => {
  const holds = messageHolds(
    {
      ...waiting,
      line: { word: 'paused', sentence: 'An operator paused it.' },
      campaignHold: 'outside its hours',
      goesFirst: '17',
      dueAt: new Date('2026-11-23T12:05:00Z'),
    },
    now,
  );
  expect(holds).toEqual([
    'Its line is paused. An operator paused it.',
    'Its campaign does not send just now: outside its hours',
    'Message 17 to the same person goes first.',
    'It is not due before 2026-11-23 12:05:00 UTC.',
  ]);
});

test('a message that nothing keeps says what it waits for', () => {
  expect(messageHolds(waiting, now)).toEqual([
    'Nothing stands against it: it waits for room in the release window of its line.',
  ]);
  expect(messageHolds({ ...waiting, state: 'released' }, now)[0]).toContain('for its turn');
});

test('one that is being sent, or unknown, says what will become of it', () => {
  const sending = messageHolds({ ...waiting, state: 'sending', leaseUntil: now, goesFirst: '17' }, now);
  expect(sending).toEqual([expect.stringContaining('by 2026-11-23 12:00:00 UTC')]);
  expect(messageHolds({ ...waiting, state: 'unknown' }, now)[0]).toContain('unless somebody says so');
  expect(messageHolds({ ...waiting, state: 'unknown', onUnknown: 'resend' }, now)[0]).toContain('sent again once');
});
