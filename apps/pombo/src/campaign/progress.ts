import type { CampaignState, RecipientCounts } from '@pombo/domain/campaign-state.ts';

/** Why recipients got nothing, and how many for each reason. */
export interface Reason {
  state: 'failed' | 'invalid';
  code: string | null;
  because: string;
  count: number;
}

/** How far a campaign is, as the API says it. */
export interface Progress {
  state: CampaignState;
  because: string | null;
  recipients: number;
  counts: RecipientCounts;
  /** Messages per second just now. */
  rate_now: number;
  /** When it will be through at this pace; null when nobody can say. */
  eta: string | null;
}

/** Those whose outcome is still to come. */
export function pendingOf({ waiting, queued, sending }: RecipientCounts): number {
  return waiting + queued + sending;
}

/** Rounded down: 100 is said only of a campaign in which nobody waits. */
export function percentOf({ recipients, counts }: Progress): number {
  return recipients === 0 ? 0 : Math.floor((100 * (recipients - pendingOf(counts))) / recipients);
}

/** The numbers a person follows; those that are rarely other than 0 only when they are. */
export function countsText(counts: RecipientCounts): string {
  const usual = [
    `${grouped(counts.sent)} sent`,
    `${grouped(counts.failed)} failed`,
    `${grouped(counts.unknown)} unknown`,
  ];
  const rare = (['invalid', 'excluded', 'canceled'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${grouped(counts[state])} ${state}`);
  return [...usual, ...rare, `${grouped(pendingOf(counts))} waiting`].join(', ');
}

const groups = new Intl.NumberFormat('en-US');

export function grouped(count: number): string {
  return groups.format(count);
}
