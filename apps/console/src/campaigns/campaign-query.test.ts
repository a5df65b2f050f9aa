import { expect, it } from 'vitest';
import { readCampaignQuery } from './campaign-query.ts';

const nothing = { state: null, customerId: null, lineId: null, name: null, before: null };

it('asks for nothing where nothing is said', () => {
  expect(readCampaignQuery({}).filter).toEqual(nothing);
  expect(readCampaignQuery({ state: '', customer: ' ', line: '', name: '', before: '' }).filter).toEqual(nothing);
});

it('reads every filter', () => {
  const query = { state: 'paused', customer: '7', line: '1234', name: ' News ', before: '99' };
  expect(readCampaignQuery(query).filter).toEqual({
    state: 'paused',
    customerId: '7',
    lineId: '1234',
    name: 'News',
    before: '99',
  });
});

it('finds nothing by what is no number or no state', () => {
  for (const query of [{ customer: 'seven' }, { line: '-1' }, { before: '9'.repeat(19) }, { state: 'asleep' }])
    expect(readCampaignQuery(query).filter).toBeNull();
});

it('takes what is said twice, or cannot be kept, for not said', () => {
  expect(readCampaignQuery({ name: ['a', 'b'], customer: '\0' }).filter).toEqual(nothing);
});
