import { type Campaign, findCampaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import { isRowNumber } from '@pombo/domain/row-number.ts';
import type { FastifyRequest } from 'fastify';
import type { Door } from '../auth/door.ts';
import { type Entry, enter } from '../entry.ts';
import type { Problem } from '../problem.ts';

export const noSuchCampaign: Problem = { status: 404, title: 'No such campaign' };

export type CampaignEntry =
  | (Extract<Entry, { kind: 'welcome' }> & { campaign: Campaign })
  | { kind: 'refused'; problem: Problem };

/** Lets the caller in, to a campaign of theirs. */
export async function enterCampaign(
  request: FastifyRequest,
  parts: { door: Door; database: Database },
  needsToSend: boolean,
): Promise<CampaignEntry> {
  const entry = await enter(request, parts, needsToSend);
  if (entry.kind === 'refused') return entry;
  const id = paramOf(request, 'id');
  const campaign = isRowNumber(id) ? await findCampaign(parts.database, entry.customerId, id) : null;
  if (!campaign) return { kind: 'refused', problem: noSuchCampaign };
  Object.assign(request.story, { campaignId: campaign.campaignId, lineId: campaign.lineId });
  return { ...entry, campaign };
}

export function paramOf({ params }: FastifyRequest, name: string): string {
  const value = typeof params === 'object' && params !== null ? Object.entries(params) : [];
  const found = value.find(([known]) => known === name)?.[1];
  return typeof found === 'string' ? found : '';
}
