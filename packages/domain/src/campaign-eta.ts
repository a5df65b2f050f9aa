import type { CampaignState, RecipientCounts } from './campaign-state.ts';

/** Slower than this nobody can say when it will end. */
const slowestRate = 0.05;
/** The last moment a Date can hold. */
const endOfTimeMs = 8.64e15;

/** Those who may still hear from it: on its list, in the queue, or being sent to. Pure. */
export function stillToGo({ waiting, queued, sending }: RecipientCounts): number {
  return waiting + queued + sending;
}

/**
 * When the last of them has been tried, at the present rate (messages per second); null when nobody can say. Pure.
 */
export function etaOf(state: CampaignState, rateNow: number, counts: RecipientCounts, now: Date): Date | null {
  if ((state !== 'running' && state !== 'finishing') || rateNow <= slowestRate) return null;
  const leftMs = (stillToGo(counts) / rateNow) * 1000;
  return new Date(Math.min(endOfTimeMs, now.getTime() + leftMs));
}
