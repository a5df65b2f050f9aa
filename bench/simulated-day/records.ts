import { evenShares } from './even-shares.ts';
import type { Campaign, Message } from './house.ts';
import { openSpread } from './spread.ts';

/** Below this an even share is so few messages that one more or less is much. */
const smallestShare = 50;

interface Run {
  size: number;
  left: number;
  /** Another campaign ran on the same line meanwhile. */
  shared: boolean;
}

/** What of a simulated day is worth knowing. */
export function openRecords(paces: Float64Array) {
  const waits = { synchronous: openSpread(), alone: openSpread(), besideCampaign: openSpread() };
  const slowness = { alone: openSpread(), shared: openSpread() };
  const running = new Map<Campaign, Run>();
  const campaignsOn = new Map<number, Set<Run>>();
  const turnsOfSpan = new Float64Array(paces.length);
  const samplesWaiting = new Float64Array(paces.length);
  const smallestShares: number[] = [];
  let samples = 0;
  let turns = 0;

  function single({ line, lane, acceptedAt }: Message, at: number): void {
    const waited = at - acceptedAt;
    if (lane === 'now') waits.synchronous.add(waited);
    else if (campaignsOn.get(line)?.size) waits.besideCampaign.add(waited);
    else waits.alone.add(waited);
  }

  /** How many times as long a campaign took as its line's pace needs for it. */
  function ofCampaign(campaign: Campaign, at: number): void {
    const run = running.get(campaign);
    if (!run) return;
    run.left -= 1;
    if (run.left > 0) return;
    const idealMs = (run.size * 1000) / (paces[campaign.line] ?? 1);
    (run.shared ? slowness.shared : slowness.alone).add((at - campaign.startedAt) / idealMs);
    running.delete(campaign);
    campaignsOn.get(campaign.line)?.delete(run);
  }

  return {
    waits,
    slowness,
    turns: () => turns,
    unfinishedCampaigns: () => running.size,
    /** For each span in which several lines waited all the time: the smallest part of an even share that one of them got. */
    smallestShares: (): readonly number[] => smallestShares,
    started(campaign: Campaign, messages: number): void {
      const runs = campaignsOn.get(campaign.line) ?? new Set();
      const run = { size: messages, left: messages, shared: false };
      running.set(campaign, run);
      campaignsOn.set(campaign.line, runs.add(run));
      if (runs.size > 1) for (const each of runs) each.shared = true;
    },
    onTurn(message: Message, at: number): void {
      turns += 1;
      if (message.lane === 'bulk') turnsOfSpan[message.line] = (turnsOfSpan[message.line] ?? 0) + 1;
      if (message.campaign) ofCampaign(message.campaign, at);
      else single(message, at);
    },
    sample(waiting: Iterable<number>): void {
      samples += 1;
      for (const line of waiting) samplesWaiting[line] = (samplesWaiting[line] ?? 0) + 1;
    },
    endSpan(spanMs: number): void {
      const always = [...samplesWaiting.keys()].filter((line) => samplesWaiting[line] === samples);
      const got = always.map((line) => turnsOfSpan[line] ?? 0);
      const wants = always.map((line) => ((paces[line] ?? 0) * spanMs) / 1000);
      const even = evenShares(
        wants,
        got.reduce((sum, own) => sum + own, 0),
      );
      const parts = even.flatMap((share, place) => (share >= smallestShare ? [(got[place] ?? 0) / share] : []));
      if (parts.length > 1) smallestShares.push(Math.min(...parts));
      samples = 0;
      samplesWaiting.fill(0);
      turnsOfSpan.fill(0);
    },
  };
}
