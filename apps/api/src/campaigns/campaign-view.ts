import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import type { Campaign } from '@pombo/db/campaigns.ts';
import { etaOf } from '@pombo/domain/campaign-eta.ts';

/** A campaign in the words of the API. */
export function campaignView(campaign: Campaign, { standing, progress }: CampaignSample, now: Date) {
  const { counts, recipients } = progress;
  return {
    id: BigInt(campaign.campaignId),
    name: campaign.name,
    line: BigInt(campaign.lineId),
    state: standing.state,
    because: standing.because,
    mtype: campaign.type,
    mdata: campaign.template,
    defaults: campaign.defaults,
    rate: campaign.rate,
    priority: campaign.priority,
    time_zone: campaign.timeZone,
    time_start: campaign.timeStart,
    time_end: campaign.timeEnd,
    date_start: campaign.dateStart,
    date_end: campaign.dateEnd,
    on_unknown: campaign.onUnknown,
    validity: campaign.validitySeconds,
    max_failed_percent: campaign.mostFailedPercent,
    max_unknown: campaign.mostUnknown,
    recipients,
    counts,
    rate_now: rounded(standing.rateNow),
    eta: etaOf(standing.state, standing.rateNow, counts, now)?.toISOString() ?? null,
    created_at: campaign.createdAt.toISOString(),
    starts_at: campaign.startsAt?.toISOString() ?? null,
    started_at: campaign.startedAt?.toISOString() ?? null,
    first_sent_at: campaign.firstSentAt?.toISOString() ?? null,
    last_sent_at: campaign.lastSentAt?.toISOString() ?? null,
    ended_at: campaign.endedAt?.toISOString() ?? null,
  };
}

/** What changes while it is sent. */
export function progressView({ standing, progress }: CampaignSample, now: Date) {
  return {
    state: standing.state,
    because: standing.because,
    recipients: progress.recipients,
    counts: progress.counts,
    rate_now: rounded(standing.rateNow),
    eta: etaOf(standing.state, standing.rateNow, progress.counts, now)?.toISOString() ?? null,
    reasons: progress.reasons,
  };
}

/** More digits would only say that a mean is never quite still. */
function rounded(rate: number): number {
  return Math.round(rate * 100) / 100;
}
