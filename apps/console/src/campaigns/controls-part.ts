import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import type { Campaign } from '@pombo/db/campaigns.ts';
import { authorise } from '@pombo/domain/authorise.ts';
import {
  actionsIn,
  type CampaignAction,
  type RecipientCounts,
  type ResumeScope,
  resumeScopesIn,
} from '@pombo/domain/campaign-state.ts';
import { grouped } from '../page/figures.ts';
import { type Html, html } from '../page/html.ts';
import { utcField } from '../page/utc-field.ts';
import { formToken } from '../sign-in/form-token.ts';
import type { Visitor } from '../sign-in/visitor.ts';

/** What may be done with it just now, for those who may. */
export function controlsPart(
  visitor: Visitor,
  { campaignId }: Campaign,
  { standing, progress }: CampaignSample,
): Html | null {
  const actions = actionsIn(standing.state);
  if (!authorise(visitor.role, 'operate')) return null;
  const token = formToken(visitor.sessionId);
  const address = `/campaigns/${campaignId}`;
  const resumes = resumeButtons(resumeScopesIn(standing.state), progress.counts);
  const controls: Readonly<Record<CampaignAction, () => Html | null>> = {
    start:
      () => html`<form class="row" method="post" action="${address}/start">${token}<button>Start now</button></form>
<details><summary>Start at a time</summary><form class="row" method="post" action="${address}/start">${token}${utcField('at', 'Start at')}<button>Start then</button></form></details>`,
    resume: () =>
      resumes.length === 0
        ? null
        : html`<form class="row" method="post" action="${address}/resume">${token}${resumes}</form>`,
    pause: () => html`<form class="row" method="post" action="${address}/pause">${token}<button>Pause</button></form>`,
    cancel: () => html`<a class="button danger" href="${address}/cancel">Cancel it …</a>`,
  };
  const shown = actions.map((action) => controls[action]()).filter((control) => control !== null);
  return shown.length === 0 ? null : html`<section class="actions" aria-label="Actions">${shown}</section>`;
}

/** Whom it would be resumed for. Nobody is offered who is not there. */
function resumeButtons(scopes: readonly ResumeScope[], counts: RecipientCounts): Html[] {
  const offers: Readonly<Record<ResumeScope, { words: string; isOffered: boolean }>> = {
    pending: { words: 'Resume for all who are pending', isOffered: true },
    failed: { words: `Send again to the ${grouped(counts.failed)} that failed`, isOffered: counts.failed > 0 },
    unknown: {
      words: `Send again to the ${grouped(counts.unknown)} unknown, who may get it twice`,
      isOffered: counts.unknown > 0,
    },
  };
  return scopes
    .filter((scope) => offers[scope].isOffered)
    .map((scope) => html`<button name="scope" value="${scope}">${offers[scope].words}</button>`);
}
