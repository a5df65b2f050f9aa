import { expect, test } from 'vitest';
import type { Progress } from './progress.ts';
import { progressLine, progressSentence, remaining } from './progress-line.ts';

const now = new Date('2026-12-24T12:00:00Z');
const none = {
  waiting: 0,
  queued: 0,
  sending: 0,
  sent: 0,
  failed: 0,
  unknown: 0,
  invalid: 0,
  excluded: 0,
  canceled: 0,
};

const running: Progress = {
  state: 'running',
  because: null,
  recipients: 10_000,
  counts: { ...none, waiting: 5_000, queued: 400, sending: 87, sent: 4_500, failed: 12, unknown: 1 },
  rate_now: 38.24,
  eta: '2026-12-24T12:02:23Z',
};

test('a line says how far, how it went, how fast and how long', () => {
  expect(progressLine(running, now, 120)).toBe(
    '[##################......................]  45 %  sent 4,500  failed 12  unknown 1  38.2/s  2 min left  waiting 5,487',
  );
});

test('what matters least makes room for the bar, and no line is wider than the terminal', () => {
  expect(progressLine(running, now, 79)).toBe(
    '[#######..........]  45 %  sent 4,500  failed 12  unknown 1  38.2/s  2 min left',
  );
  expect(progressLine(running, now, 55)).toBe('[#####........]  45 %  sent 4,500  failed 12  unknown 1');
  expect(progressLine(running, now, 45)).toBe(' 45 %  sent 4,500  failed 12  unknown 1');
  for (let columns = 0; columns < 200; columns += 1) {
    expect(progressLine(running, now, columns).length).toBeLessThanOrEqual(columns);
  }
});

test('a campaign that rests says why instead of its pace', () => {
  const stopped: Progress = { ...running, state: 'stopped', because: 'mais de 10 % não saíram' };
  expect(progressLine(stopped, now, 100)).toContain(' 45 %  stopped: mais de 10 % não saíram  sent 4,500');
  expect(progressLine(stopped, now, 100)).not.toContain('/s');
  expect(progressLine(stopped, now, 20)).toBe(' 45 %');
});

test('one that runs and does not send says why', () => {
  const held: Progress = { ...running, because: 'outside its hours: 09:00 to 20:00 (UTC)' };
  expect(progressLine(held, now, 100)).toContain(' 45 %  running: outside its hours: 09:00 to 20:00 (UTC)  sent 4,500');
});

test('100 % is said when nobody waits, and 0 % of an empty list', () => {
  const last: Progress = { ...running, counts: { ...none, sending: 1, sent: 9_999 } };
  expect(progressLine(last, now, 200)).toContain(' 99 %');
  expect(progressLine({ ...last, counts: { ...none, sent: 10_000 } }, now, 200)).toContain(`${'#'.repeat(40)}] 100 %`);
  expect(progressLine({ ...running, recipients: 0, counts: none }, now, 200)).toContain('  0 %');
});

test('as a sentence it carries its time and its state', () => {
  expect(progressSentence(running, now)).toBe(
    '12:00:00  running  45 % of 10,000  sent 4,500  failed 12  unknown 1  38.2/s  2 min left  waiting 5,487',
  );
});

test.each([
  [-5_000, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [3_599_000, '1 h 0 min'],
  [5_400_000, '1 h 30 min'],
  [47 * 3_600_000, '47 h 0 min'],
  [72 * 3_600_000, '3 days'],
])('%d ms are %s', (ms, words) => {
  expect(remaining(ms)).toBe(words);
});
