import type { HungryCampaign } from '@pombo/db/campaign-feed.ts';

type Hungry = Pick<HungryCampaign, 'campaignId' | 'feeds' | 'fedThrough'>;

/**
 * For how many seconds a campaign that may be fed has stood at the same place on its list, as far as anybody looked; the
 * longest of all. Who is sent again because it is unknown has no place on a list to stand at.
 */
export function createCampaignHunger(now: () => number): (hungry: readonly Hungry[]) => number {
  let seen = new Map<string, { place: string; sinceMs: number }>();
  return (hungry) => {
    const nowMs = now();
    seen = new Map(
      hungry
        .filter(({ feeds }) => feeds !== 'unknown')
        .map(({ campaignId, feeds, fedThrough }) => {
          const place = `${feeds} ${fedThrough}`;
          const before = seen.get(campaignId);
          return [campaignId, before?.place === place ? before : { place, sinceMs: nowMs }];
        }),
    );
    return Math.max(0, ...[...seen.values()].map(({ sinceMs }) => nowMs - sinceMs)) / 1000;
  };
}
