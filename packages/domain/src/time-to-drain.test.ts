import { describe, expect, it } from 'vitest';
import { timeToDrain } from './time-to-drain.ts';

describe('the time to drain', () => {
  it('is what waits, divided by how much less of it there is every second', () => {
    expect(timeToDrain({ waiting: 600, inPerSecond: 10, outPerSecond: 40 })).toEqual({ kind: 'seconds', seconds: 20 });
  });

  it('is not told while as much comes in as goes out, or more', () => {
    expect(timeToDrain({ waiting: 600, inPerSecond: 40, outPerSecond: 40 })).toEqual({ kind: 'not_draining' });
    expect(timeToDrain({ waiting: 1, inPerSecond: 0, outPerSecond: 0 })).toEqual({ kind: 'not_draining' });
    expect(timeToDrain({ waiting: 600, inPerSecond: 41, outPerSecond: 40 })).toEqual({ kind: 'not_draining' });
  });

  it('is no question where nothing waits', () => {
    expect(timeToDrain({ waiting: 0, inPerSecond: 40, outPerSecond: 0 })).toEqual({ kind: 'nothing_waits' });
  });
});
