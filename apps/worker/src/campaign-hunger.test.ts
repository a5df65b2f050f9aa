import { expect, it } from 'vitest';
import { createCampaignHunger } from './campaign-hunger.ts';

it('counts from when a campaign was first seen at the place it still stands at', () => {
  let nowMs = 0;
  const hunger = createCampaignHunger(() => nowMs);
  const at = (ms: number, ...hungry: [campaignId: string, fedThrough: string][]) => {
    nowMs = ms;
    return hunger(hungry.map(([campaignId, fedThrough]) => ({ campaignId, fedThrough, feeds: 'pending' })));
  };
  expect(at(0)).toBe(0);
  expect(at(1_000, ['1', '10'])).toBe(0);
  expect(at(16_000, ['1', '10'], ['2', '5'])).toBe(15);
  // The first has been fed, the second has not.
  expect(at(31_000, ['1', '90'], ['2', '5'])).toBe(15);
  // The second has had enough in between.
  expect(at(46_000, ['1', '90'])).toBe(15);
  expect(at(61_000, ['2', '5'])).toBe(0);
});

it('says nothing of campaigns whose unknowns are sent again', () => {
  let nowMs = 0;
  const hunger = createCampaignHunger(() => nowMs);
  hunger([{ campaignId: '1', feeds: 'unknown', fedThrough: '0' }]);
  nowMs = 60_000;
  expect(hunger([{ campaignId: '1', feeds: 'unknown', fedThrough: '0' }])).toBe(0);
});
