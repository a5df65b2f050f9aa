import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import type { ListedCampaign } from '@pombo/db/campaigns.ts';
import { etaOf, stillToGo } from '@pombo/domain/campaign-eta.ts';
import { campaignStates } from '@pombo/domain/campaign-state.ts';
import { grouped, rateWord } from '../page/figures.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import { pager } from '../page/pager.ts';
import { viewAddress } from '../page/view-address.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { customerOf, lineOf } from './campaign-names.ts';
import type { CampaignFields } from './campaign-query.ts';
import { stateWord } from './state-word.ts';

export interface CampaignList {
  visitor: Visitor;
  fields: CampaignFields;
  /** Null when the filters say what nothing can be like. */
  campaigns: readonly (ListedCampaign & CampaignSample)[] | null;
  /** Whether there are more. */
  goesOn: boolean;
}

const path = '/campaigns';

export function campaignListPage({ visitor, fields, campaigns, goesOn }: CampaignList, now: Date): string {
  const { before, ...filter } = fields;
  const last = goesOn ? (campaigns?.at(-1)?.campaignId ?? null) : null;
  return framed({
    visitor,
    room: 'campaigns',
    title: 'campaigns',
    live: viewAddress(path, fields),
    body: html`<h1>Campaigns</h1>
${filterForm(fields)}
${campaigns === null ? html`<p class="bad" role="alert">Customer and line are numbers, and a state is one of those above.</p>` : campaignTable(campaigns, now)}
${campaigns?.length === 0 ? html`<p class="soft">There is no campaign like this.</p>` : null}
${pager({ path, filter, before: before || null, last })}`,
  });
}

function filterForm({ state, customer, line, name }: CampaignFields): Html {
  const states = campaignStates.map((word) => html`<option${word === state ? html` selected` : null}>${word}</option>`);
  return html`<form class="row" method="get" action="${path}" role="search" aria-label="Campaigns">
<div class="field"><label for="state">State</label><select id="state" name="state"><option value="">any</option>${states}</select></div>
<div class="field"><label for="customer">Customer</label><input id="customer" name="customer" inputmode="numeric" size="8" value="${customer}"></div>
<div class="field"><label for="line">Line</label><input id="line" name="line" inputmode="numeric" size="8" value="${line}"></div>
<div class="field"><label for="name">Name has</label><input id="name" name="name" size="18" value="${name}"></div>
<button>Show</button></form>`;
}

function campaignTable(campaigns: readonly (ListedCampaign & CampaignSample)[], now: Date): Html {
  return html`<div class="scroll"><table>
<thead><tr><th>Number<th>Name<th>Customer<th>Line<th>State<th class="number">Recipients<th class="number">Sent<th class="number">Failed<th class="number">Unknown<th class="number">Waiting<th class="number">Rate now<th>ETA (UTC)</tr></thead>
<tbody>${campaigns.map((campaign) => campaignRow(campaign, now))}</tbody>
</table></div>`;
}

function campaignRow(campaign: ListedCampaign & CampaignSample, now: Date): Html {
  const { campaignId, name, standing, progress } = campaign;
  const { counts, recipients } = progress;
  const rate = rateWord(standing.rateNow);
  const eta = etaOf(standing.state, standing.rateNow, counts, now);
  return html`<tr><td><a href="${path}/${campaignId}">${campaignId}</a><td class="name"><bdi>${name}</bdi><td class="name">${customerOf(campaign)}<td class="name">${lineOf(campaign)}<td class="name why">${stateWord(standing)}<td class="number">${grouped(recipients)}<td class="number">${grouped(counts.sent)}<td class="number">${grouped(counts.failed)}<td class="number">${grouped(counts.unknown)}<td class="number">${grouped(stillToGo(counts))}<td class="number">${rate === null ? '-' : `${rate}/s`}<td class="time">${eta === null ? '-' : clock(eta)}</tr>`;
}
