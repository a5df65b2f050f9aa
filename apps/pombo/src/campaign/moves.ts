import type { CampaignAction, ResumeScope } from '@pombo/domain/campaign-state.ts';
import { InvalidArgumentError } from 'commander';
import { type Answer, done } from '../answer.ts';
import { type Api, ask, posting } from '../api.ts';
import { type CampaignView, second } from './campaign-view.ts';
import { grouped, pendingOf } from './progress.ts';

/** Starts, pauses, takes up or ends a campaign. */
export async function moveCampaign(
  api: Api,
  campaignId: string,
  action: CampaignAction,
  wishes: { at?: string; scope?: ResumeScope } = {},
): Promise<Answer> {
  const campaign = await ask<CampaignView>(api, `/v1/campaigns/${campaignId}/${action}`, posting(wishes));
  return done(campaign, moveText(campaign));
}

export async function deleteCampaign(api: Api, campaignId: string): Promise<Answer> {
  await ask(api, `/v1/campaigns/${campaignId}`, { method: 'DELETE' });
  return done({ id: Number(campaignId), deleted: true }, `Campaign ${campaignId} and its list are gone.`);
}

/** Where a campaign stands after a move. */
function moveText({ id, state, because, starts_at, counts }: CampaignView): string {
  const pending = grouped(pendingOf(counts));
  switch (state) {
    case 'scheduled':
      return `Campaign ${id} starts at ${second(starts_at)}. ${pending} wait.`;
    case 'running':
    case 'finishing':
      return `Campaign ${id} is ${state}. Follow it: npx pombo campaign watch ${id}`;
    case 'paused':
      return `Campaign ${id} is paused. ${pending} wait for: npx pombo campaign resume ${id}`;
    case 'draft':
    case 'stopped':
    case 'finished':
    case 'canceled':
      return `Campaign ${id} is ${state}${because === null ? '' : `: ${because}`}.`;
  }
}

/** A moment as ISO 8601 has it; without a zone it is this machine's time. */
export function timeAt(text: string): string {
  const at = new Date(text.trim().replace(' ', 'T'));
  const day = /^(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d/.exec(text.trim())?.[1];
  if (day === undefined || !isInCalendar(day) || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError('It is a time as 2026-12-24T09:00, or with its zone 2026-12-24T09:00-03:00.');
  }
  return at.toISOString();
}

/** The 30th of February would be taken for the 2nd of March. */
function isInCalendar(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
