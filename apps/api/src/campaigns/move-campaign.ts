import { cancelCampaign, pauseCampaign, resumeCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { type Campaign, findCampaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import { type CampaignOrder, isWhereOrdered, whyNotMoved } from '@pombo/domain/campaign-order.ts';
import type { Problem } from '../problem.ts';
import { noSuchCampaign } from './campaign-entry.ts';
import { fateUnknown, unlessFateUnknown } from './fate-unknown.ts';

export type Moving = { kind: 'there'; campaign: Campaign } | { kind: 'refused'; problem: Problem };

/** Moves the campaign, or finds it where it is to be already: two clicks at once are one. */
export async function moveCampaign(database: Database, campaign: Campaign, order: CampaignOrder): Promise<Moving> {
  const { customerId, campaignId } = campaign;
  if (order.action === 'start' && campaign.state === 'draft' && (await isEmpty(database, campaignId)))
    return refused('nobody is on its list');
  const moved = await unlessFateUnknown(move(database, campaign, order));
  const after = await findCampaign(database, customerId, campaignId).catch((error: unknown) => {
    // Once it may have been moved, nothing may read as if it had not.
    if (moved === false) throw error;
    return undefined;
  });
  if (after === undefined) return nobodyKnows;
  if (!after) return { kind: 'refused', problem: noSuchCampaign };
  if (moved || isWhereOrdered(after, order)) return { kind: 'there', campaign: after };
  return moved === null ? nobodyKnows : refused(whyNotMoved(after, order));
}

const nobodyKnows: Moving = { kind: 'refused', problem: fateUnknown('the campaign') };

function move(database: Database, { customerId, campaignId }: Campaign, order: CampaignOrder): Promise<boolean> {
  switch (order.action) {
    case 'start':
      return startCampaign(database, customerId, campaignId, order.at);
    case 'pause':
      return pauseCampaign(database, customerId, campaignId);
    case 'resume':
      return resumeCampaign(database, customerId, campaignId, order.scope ?? 'pending');
    case 'cancel':
      return cancelCampaign(database, customerId, campaignId);
  }
}

async function isEmpty(database: Database, campaignId: string): Promise<boolean> {
  return (await readProgress(database, [campaignId])).get(campaignId)?.recipients === 0;
}

function refused(detail: string): Moving {
  return { kind: 'refused', problem: { status: 409, title: 'Its state does not allow that', detail } };
}
