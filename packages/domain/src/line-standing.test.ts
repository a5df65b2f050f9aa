import { expect, test } from 'vitest';
import { type LineGateFacts, lineStandings, standingOf } from './line-standing.ts';

const now = new Date('2026-11-23T12:00:00Z');
const before = new Date('2026-11-23T11:59:00Z');
const after = new Date('2026-11-23T12:10:00Z');

const open: LineGateFacts = {
  active: true,
  customerActive: true,
  pausedAt: null,
  parkedAt: null,
  parkedUntil: null,
  parkedReason: null,
  parkedMend: null,
  trialAt: null,
  blockedUntil: null,
  blockedBecause: null,
  heldUntil: null,
  heldNow: null,
  heldBulk: null,
  pace: 40,
  mediaPace: 8,
  currentShare: 1,
  paceBecause: null,
};

const inactive = { active: false };
const paused = { pausedAt: before };
const parked = { parkedAt: before, parkedReason: 'token expired' };
const closed = { trialAt: after };
const blocked = { blockedUntil: after, blockedBecause: 'Meta says that the page uses 97 % of its quota' };
const held = { heldUntil: after, heldNow: 2, heldBulk: 5 };
const slowed = { currentShare: 0.509, paceBecause: 'Meta answered 613' };

const sentenceOf = (over: Partial<LineGateFacts>) => standingOf({ ...open, ...over }, now);

test('everything at once: the first of the list is said, and each comes forward when those before it are gone', () => {
  const all = [inactive, paused, parked, closed, blocked, held, slowed, {}];
  const words = all.map((_, at) => sentenceOf(Object.assign({}, ...all.slice(at))).word);
  expect(words).toEqual(lineStandings);
});

test.each([
  [inactive, 'An operator deactivated it: its callers are refused, and what was accepted waits.'],
  [{ customerActive: false }, 'Its customer is blocked: callers are refused, and what was accepted waits.'],
  [paused, 'An operator paused it at 2026-11-23 11:59:00 UTC. It sends nothing until somebody resumes it.'],
  [parked, 'Parked at 2026-11-23 11:59:00 UTC: token expired. It waits until an operator resumes it.'],
  [
    { ...parked, parkedMend: 'token' as const },
    'Parked at 2026-11-23 11:59:00 UTC: token expired. Workers ask Graph from time to time whether the token works again.',
  ],
  [
    { ...parked, parkedUntil: after, parkedMend: 'time' as const },
    'Parked at 2026-11-23 11:59:00 UTC: token expired. It tries again by itself at 2026-11-23 12:10:00 UTC.',
  ],
  [
    closed,
    'Graph does not answer this line, or most lines, so one trial call goes at a time, the next at 2026-11-23 12:10:00 UTC.',
  ],
  [
    { ...closed, trialAt: before },
    'Graph does not answer this line, or most lines, so one trial call goes at a time, the next now.',
  ],
  [blocked, 'It sends nothing until 2026-11-23 12:10:00 UTC: Meta says that the page uses 97 % of its quota.'],
  [
    held,
    'Its calls hang, so until 2026-11-23 12:10:00 UTC it may have no more open than 2 of lane now and 5 of lane bulk.',
  ],
  [slowed, 'It sends at 50 % of its pace and is recovering: Meta answered 613.'],
  [{}, 'It may send, and nothing slows it.'],
])('says it in one sentence: %j', (over, sentence) => {
  expect(sentenceOf(over).sentence).toBe(sentence);
});

test('what is over stands against nothing', () => {
  const over = { ...parked, parkedUntil: before, blockedUntil: before, heldUntil: before };
  expect(sentenceOf(over).word).toBe('open');
});

test('a line without a pace cannot be slowed', () => {
  expect(sentenceOf({ ...slowed, pace: 0, mediaPace: 0 }).word).toBe('open');
  expect(sentenceOf({ ...slowed, pace: 0 }).word).toBe('slowed');
});
