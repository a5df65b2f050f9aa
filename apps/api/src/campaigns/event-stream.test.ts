import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import { readCounts } from '@pombo/domain/campaign-state.ts';
import { expect, it } from 'vitest';
import { createEventStream } from './event-stream.ts';

const now = new Date(0);

/** A sample nobody could take for another one. */
function sample(sent: number, because = ''): CampaignSample {
  return {
    standing: { state: 'running', because, rateNow: 0, hasEnded: false },
    progress: { counts: readCounts(new Map([['sent', sent]])), recipients: sent, reasons: [] },
  };
}

it('a reader who falls behind gets the latest state when they catch up, and not what was between', () => {
  const { body, tell } = createEventStream();
  tell(sample(1, 'x'.repeat(70_000)), now);
  for (let sent = 2; sent <= 100; sent += 1) tell(sample(sent), now);
  expect(
    body
      .read()
      .toString()
      .match(/^event:/gm),
  ).toHaveLength(1);
  tell(sample(100), now);
  expect(body.read().toString()).toContain('"recipients":100,');
});

it('a reader who takes nothing is let go', () => {
  const { body, tell, beat } = createEventStream();
  tell(sample(1, 'x'.repeat(70_000)), now);
  expect(body.destroyed).toBe(false);
  beat();
  expect(body.destroyed).toBe(true);
});
