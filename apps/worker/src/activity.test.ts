import { expect, it } from 'vitest';
import { createActivity } from './activity.ts';

function open() {
  const clock = { ms: 1_000_000 };
  return { clock, activity: createActivity({ now: 4, bulk: 20 }, () => clock.ms) };
}

it('knows which calls are open in which lane', () => {
  const { activity } = open();
  const end = activity.callBegan('bulk');
  activity.callBegan('now');
  expect(activity.now().lanes).toMatchObject({ now: { openCalls: 1, slots: 4 }, bulk: { openCalls: 1, slots: 20 } });
  end('unknown');
  expect(activity.now().lanes.bulk.openCalls).toBe(0);
});

it('knows when a lane last took a note, and that one never did', () => {
  const { activity, clock } = open();
  activity.noteTaken('now');
  clock.ms += 7_000;
  expect(activity.now().lanes.now.secondsSinceNote).toBe(7);
  expect(activity.now().lanes.bulk.secondsSinceNote).toBeNull();
});

it('counts what it sent in the last minute and forgets what was before', () => {
  const { activity, clock } = open();
  for (let second = 0; second < 120; second += 1) {
    activity.callBegan('bulk')('sent');
    activity.callBegan('bulk')('refused');
    clock.ms += 1_000;
  }
  // Slices of five seconds come and go as a whole.
  expect(activity.now().sentLastMinute).toBeGreaterThanOrEqual(55);
  expect(activity.now().sentLastMinute).toBeLessThanOrEqual(60);
  clock.ms += 60_000;
  expect(activity.now().sentLastMinute).toBe(0);
});
