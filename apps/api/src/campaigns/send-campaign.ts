import { readSamples } from '@pombo/db/campaign-sample.ts';
import type { Campaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { FastifyReply } from 'fastify';
import { sendProblem } from '../problem.ts';
import { noSuchCampaign } from './campaign-entry.ts';
import { campaignView } from './campaign-view.ts';
import { fateUnknown } from './fate-unknown.ts';

/** The campaign as it is, with the reasons why recipients were not sent to. */
export async function sendCampaign(reply: FastifyReply, { database }: { database: Database }, campaign: Campaign) {
  const sample = (await readSamples(database, [campaign.campaignId])).get(campaign.campaignId);
  if (!sample) return sendProblem(reply, noSuchCampaign);
  reply.header('cache-control', 'no-store');
  return { ...campaignView(campaign, sample, new Date()), reasons: sample.progress.reasons };
}

/** The same once it has been changed: a failure now must not read as if nothing had been done. */
export async function sendChanged(
  reply: FastifyReply,
  parts: { database: Database; logger: Logger },
  campaign: Campaign,
) {
  try {
    return await sendCampaign(reply, parts, campaign);
  } catch (err) {
    parts.logger.warn({ err, campaignId: campaign.campaignId }, 'a campaign was changed and cannot be shown');
    return sendProblem(reply, fateUnknown('the campaign'));
  }
}
