import { cancelCampaign, pauseCampaign, resumeCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { type Campaign, findCampaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import type { CampaignAction, ResumeScope } from '@pombo/domain/campaign-state.ts';
import type { Problem } from '../problem.ts';
import { noSuchCampaign } from './campaign-entry.ts';
import { fateUnknown, unlessFateUnknown } from './fate-unknown.ts';

export type Ordered =
  | { action: 'start'; at: Date | null }
  | { action: 'pause' }
  /** Without a scope: with those not handled yet. */
  | { action: 'resume'; scope: ResumeScope | null }
  | { action: 'cancel' };

export type Moving = { kind: 'there'; campaign: Campaign } | { kind: 'refused'; problem: Problem };

/** Moves the campaign, or finds it where it is to be already: two clicks at once are one. */
export async function moveCampaign(database: Database, campaign: Campaign, ordered: Ordered): Promise<Moving> {
  const { customerId, campaignId } = campaign;
  if (ordered.action === 'start' && campaign.state === 'draft' && (await isEmpty(database, campaignId)))
    return refused('nobody is on its list');
  const moved = await unlessFateUnknown(move(database, campaign, ordered));
  const after = await findCampaign(database, customerId, campaignId).catch((error: unknown) => {
    // Once it may have been moved, nothing may read as if it had not.
    if (moved === false) throw error;
    return undefined;
  });
  if (after === undefined) return nobodyKnows;
  if (!after) return { kind: 'refused', problem: noSuchCampaign };
  if (moved || isThere(after, ordered)) return { kind: 'there', campaign: after };
  return moved === null ? nobodyKnows : refused(whyNot(after, ordered));
}

const nobodyKnows: Moving = { kind: 'refused', problem: fateUnknown('the campaign') };

function move(database: Database, { customerId, campaignId }: Campaign, ordered: Ordered): Promise<boolean> {
  switch (ordered.action) {
    case 'start':
      return startCampaign(database, customerId, campaignId, ordered.at);
    case 'pause':
      return pauseCampaign(database, customerId, campaignId);
    case 'resume':
      return resumeCampaign(database, customerId, campaignId, ordered.scope ?? 'pending');
    case 'cancel':
      return cancelCampaign(database, customerId, campaignId);
  }
}

const destinations = {
  start: ['running', 'finishing'],
  pause: ['paused'],
  /** Before its time it waits for that again. */
  resume: ['running', 'finishing', 'scheduled'],
  cancel: ['canceled'],
} as const satisfies Record<CampaignAction, readonly Campaign['state'][]>;

function isThere({ state, feeds, startsAt }: Campaign, ordered: Ordered): boolean {
  if (ordered.action === 'start' && state === 'scheduled') return startsAt?.getTime() === ordered.at?.getTime();
  const there: readonly string[] = destinations[ordered.action];
  const asScoped = ordered.action !== 'resume' || ordered.scope === null || ordered.scope === feeds;
  return there.includes(state) && asScoped;
}

function whyNot({ state, feeds }: Campaign, ordered: Ordered): string {
  if (ordered.action === 'resume' && (state === 'running' || state === 'finishing'))
    return `it is ${state}, with those that are ${feeds}; pause it first`;
  if (ordered.action === 'resume' && state === 'finished') return 'it is finished: nobody on its list is left';
  return `it is ${state}`;
}

async function isEmpty(database: Database, campaignId: string): Promise<boolean> {
  return (await readProgress(database, [campaignId])).get(campaignId)?.recipients === 0;
}

function refused(detail: string): Moving {
  return { kind: 'refused', problem: { status: 409, title: 'Its state does not allow that', detail } };
}
