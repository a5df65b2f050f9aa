import { moveCampaignAs } from '@pombo/db/campaign-moves.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { findCampaignOfAnybody, type ListedCampaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import { findLine } from '@pombo/db/line-lookup.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import type { CampaignOrder } from '@pombo/domain/campaign-order.ts';
import type { CampaignAction, CampaignState } from '@pombo/domain/campaign-state.ts';
import { refusalOfLine } from '@pombo/domain/line-refusal.ts';
import type { Visitor } from '../sign-in/visitor.ts';

/** What came of an order, in the word that the page after it says in a sentence. */
export type Said = (typeof moved)[CampaignAction] | 'scheduled' | 'nobody' | 'no_line' | `is_${CampaignState}`;

const moved = {
  start: 'started',
  pause: 'paused',
  resume: 'resumed',
  cancel: 'canceled',
} as const satisfies Record<CampaignAction, string>;

/** Carries an operator's order out. Of two who order at once one moves it, the other learns what it is by now. */
export async function moveCampaign(
  { database, prisma }: { database: Database; prisma: Prisma },
  visitor: Visitor,
  campaign: ListedCampaign,
  order: CampaignOrder,
): Promise<Said> {
  if (order.action === 'start') {
    const against = await whyNotStart(database, campaign);
    if (against !== null) return against;
  }
  if (await moveCampaignAs(prisma, visitor.actor, campaign, order)) {
    return order.action === 'start' && order.at !== null ? 'scheduled' : moved[order.action];
  }
  const after = await findCampaignOfAnybody(database, campaign.campaignId);
  return `is_${after?.state ?? campaign.state}`;
}

/** The rules of a customer's own start hold for an operator too: whoever starts it wants it to be sent. */
async function whyNotStart(
  database: Database,
  { state, customerId, lineId, campaignId }: ListedCampaign,
): Promise<'nobody' | 'no_line' | null> {
  if (state !== 'draft') return null;
  if (refusalOfLine(await findLine(database, customerId, lineId)) !== null) return 'no_line';
  const progress = await readProgress(database, [campaignId]);
  return progress.get(campaignId)?.recipients === 0 ? 'nobody' : null;
}
