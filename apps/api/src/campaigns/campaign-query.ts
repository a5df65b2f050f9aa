import type { CampaignFilter } from '@pombo/db/campaigns.ts';
import { campaignStates } from '@pombo/domain/campaign-state.ts';
import { isRowNumber } from '@pombo/domain/row-number.ts';
import type { Fields } from '../parameters/fields.ts';

export type CampaignQueryReading =
  | { kind: 'filter'; filter: Pick<CampaignFilter, 'state' | 'before' | 'limit'> }
  | { kind: 'invalid'; detail: string };

const defaultLimit = 50;
const maxLimit = 200;

/** Reads the filters of a list. An empty filter counts as not sent. */
export function readCampaignQuery(fields: Fields): CampaignQueryReading {
  const named = fields.get('state') || null;
  const state = campaignStates.find((known) => known === named) ?? null;
  if (state !== named) return { kind: 'invalid', detail: `state must be one of ${campaignStates.join(', ')}` };
  const before = fields.get('before') || null;
  if (before !== null && !isRowNumber(before)) return { kind: 'invalid', detail: 'before must be a number' };
  const limit = readLimit(fields, defaultLimit, maxLimit);
  if (limit === null) return { kind: 'invalid', detail: `limit must be 1 to ${maxLimit}` };
  return { kind: 'filter', filter: { state, before, limit } };
}

/** More than `most` is as good as `most`; null when it is no number. */
export function readLimit(fields: Fields, byDefault: number, most: number): number | null {
  const limit = fields.get('limit') || String(byDefault);
  return /^\d{1,9}$/.test(limit) && Number(limit) >= 1 ? Math.min(Number(limit), most) : null;
}
