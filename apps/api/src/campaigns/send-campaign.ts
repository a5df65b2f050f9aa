import { readProgress } from '@pombo/db/campaign-progress.ts';
import type { Campaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import type { FastifyReply } from 'fastify';
import { sendProblem } from '../problem.ts';
import { noSuchCampaign } from './campaign-entry.ts';
import { campaignView } from './campaign-view.ts';

/** The campaign as it is, with the reasons why recipients were not sent to. */
export async function sendCampaign(reply: FastifyReply, { database }: { database: Database }, campaign: Campaign) {
  const progress = (await readProgress(database, [campaign.campaignId])).get(campaign.campaignId);
  if (!progress) return sendProblem(reply, noSuchCampaign);
  reply.header('cache-control', 'no-store');
  return { ...campaignView(campaign, progress, new Date()), reasons: progress.reasons };
}
