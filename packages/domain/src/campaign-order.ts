import type { CampaignAction, CampaignState, ResumeScope } from './campaign-state.ts';

/** What somebody wants of a campaign. */
export type CampaignOrder =
  | { action: 'start'; at: Date | null }
  | { action: 'pause' }
  /** Without a scope: with those not handled yet. */
  | { action: 'resume'; scope: ResumeScope | null }
  | { action: 'cancel' };

/** What of a campaign tells whether an order has been carried out. */
interface Whereabouts {
  state: CampaignState;
  feeds: ResumeScope;
  startsAt: Date | null;
}

const destinations = {
  start: ['running', 'finishing'],
  pause: ['paused'],
  /** Before its time it waits for that again. */
  resume: ['running', 'finishing', 'scheduled'],
  cancel: ['canceled'],
} as const satisfies Record<CampaignAction, readonly CampaignState[]>;

/** Whether a campaign is where this order would bring it. Pure. */
export function isWhereOrdered({ state, feeds, startsAt }: Whereabouts, order: CampaignOrder): boolean {
  if (order.action === 'start' && state === 'scheduled') return startsAt?.getTime() === order.at?.getTime();
  const there: readonly string[] = destinations[order.action];
  const asScoped = order.action !== 'resume' || order.scope === null || order.scope === feeds;
  return there.includes(state) && asScoped;
}

/** Why a campaign that is not where it was ordered to did not go there, in words that follow its name. Pure. */
export function whyNotMoved({ state, feeds }: Whereabouts, order: CampaignOrder): string {
  if (order.action === 'resume' && (state === 'running' || state === 'finishing'))
    return `it is ${state}, with those that are ${feeds}; pause it first`;
  if (order.action === 'resume' && state === 'finished') return 'it is finished: nobody on its list is left';
  return `it is ${state}`;
}
