import type { CampaignFilter } from '@pombo/db/campaigns.ts';
import { campaignStates } from '@pombo/domain/campaign-state.ts';
import { isRowNumber } from '@pombo/domain/row-number.ts';
import { queryReader } from '../page/query-reader.ts';

/** What the filters of the list say, as they were typed. */
export type CampaignFields = Record<'state' | 'customer' | 'line' | 'name' | 'before', string>;

export interface CampaignQuery {
  fields: CampaignFields;
  /** Null when nothing can be like this, because a number is none. */
  filter: Omit<CampaignFilter, 'limit'> | null;
}

/** Reads the filters of the list. Pure. */
export function readCampaignQuery(query: unknown): CampaignQuery {
  const said = queryReader(query);
  const fields = {
    state: said('state'),
    customer: said('customer'),
    line: said('line'),
    name: said('name'),
    before: said('before'),
  };
  const state = campaignStates.find((known) => known === fields.state) ?? null;
  const numbers = [fields.customer, fields.line, fields.before].filter((text) => text !== '');
  if (!numbers.every(isRowNumber) || (state ?? '') !== fields.state) return { fields, filter: null };
  return {
    fields,
    filter: {
      state,
      customerId: fields.customer || null,
      lineId: fields.line || null,
      name: fields.name || null,
      before: fields.before || null,
    },
  };
}
