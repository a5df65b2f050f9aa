import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import type { ListedCampaign } from '@pombo/db/campaigns.ts';
import { grouped } from '../page/figures.ts';
import { framed } from '../page/frame.ts';
import { html } from '../page/html.ts';
import { formToken } from '../sign-in/form-token.ts';
import type { Visitor } from '../sign-in/visitor.ts';

interface Cancel {
  visitor: Visitor;
  campaign: ListedCampaign;
  sample: CampaignSample;
}

/** The second step before a campaign is canceled, which nothing takes back. */
export function cancelPage({ visitor, campaign, sample }: Cancel): string {
  const { campaignId, name, customerId } = campaign;
  const { waiting, queued, sending } = sample.progress.counts;
  return framed({
    visitor,
    room: 'campaigns',
    title: `cancel campaign ${campaignId}`,
    body: html`<h1 class="name">Cancel campaign ${campaignId} <bdi>${name}</bdi>?</h1>
<p>It belongs to customer ${customerId} and is ${sample.standing.state}. ${grouped(waiting + queued)} recipients have not been sent to and will not hear from it; ${grouped(sending)} calls are open and end as they end.</p>
<p>A canceled campaign cannot be taken up again.</p>
<form class="row" method="post" action="/campaigns/${campaignId}/cancel">${formToken(visitor.sessionId)}<button class="danger">Cancel the campaign</button> <a href="/campaigns/${campaignId}">Leave it as it is</a></form>`,
  });
}
