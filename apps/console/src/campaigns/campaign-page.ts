import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import type { ListedCampaign } from '@pombo/db/campaigns.ts';
import { etaOf } from '@pombo/domain/campaign-eta.ts';
import { rateWord } from '../page/figures.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { customerOf, lineOf } from './campaign-names.ts';
import { contentPart } from './content-part.ts';
import { controlsPart } from './controls-part.ts';
import { progressPart } from './progress-part.ts';
import { reasonsPart } from './reasons-part.ts';
import { settingsPart } from './settings-part.ts';
import { stateWord } from './state-word.ts';
import { type Uploads, uploadsPart } from './uploads-part.ts';

export interface OneCampaign {
  visitor: Visitor;
  campaign: ListedCampaign;
  sample: CampaignSample;
  uploads: Uploads;
  /** What the form before this page has led to. */
  said: Html | null;
}

export function campaignPage({ visitor, campaign, sample, uploads, said }: OneCampaign, now: Date): string {
  const { campaignId, name } = campaign;
  return framed({
    visitor,
    room: 'campaigns',
    title: `campaign ${campaignId}`,
    live: `/campaigns/${campaignId}`,
    body: html`<h1 class="name">Campaign ${campaignId} <bdi>${name}</bdi></h1>
${said}
${standingPart(campaign, sample, now)}
${controlsPart(visitor, campaign, sample)}
<h2>Progress</h2>
${progressPart(sample.progress)}
<p><a href="/messages?campaign=${campaignId}">Its messages</a></p>
<h2>Why some were not sent</h2>
${reasonsPart(sample.progress.reasons)}
<h2>What it says</h2>
${contentPart(campaign)}
<h2>How it is sent</h2>
${settingsPart(campaign)}
<h2>Uploads</h2>
${uploadsPart(uploads)}`,
  });
}

function standingPart(campaign: ListedCampaign, { standing, progress }: CampaignSample, now: Date): Html {
  const eta = etaOf(standing.state, standing.rateNow, progress.counts, now);
  const rate = rateWord(standing.rateNow);
  return html`<dl class="facts">
<dt>State</dt><dd>${stateWord(standing)}</dd>
<dt>Customer</dt><dd>${customerOf(campaign)}</dd>
<dt>Line</dt><dd>${lineOf(campaign)}</dd>
<dt>Rate now</dt><dd>${rate === null ? 'nothing is sent' : `${rate} per second`}</dd>
<dt>Will be through</dt><dd>${eta === null ? '-' : `${clock(eta)} UTC, at this rate`}</dd>
<dt>Made</dt><dd>${moment(campaign.createdAt)}</dd>
<dt>Starts</dt><dd>${startOf(campaign)}</dd>
<dt>First sent</dt><dd>${moment(campaign.firstSentAt)}</dd>
<dt>Last sent</dt><dd>${moment(campaign.lastSentAt)}</dd>
<dt>Ended</dt><dd>${moment(campaign.endedAt)}</dd>
</dl>`;
}

function startOf({ startsAt, startedAt }: ListedCampaign): string {
  return startedAt === null ? moment(startsAt) : `started ${moment(startedAt)}`;
}

function moment(at: Date | null): string {
  return at === null ? '-' : `${clock(at)} UTC`;
}
