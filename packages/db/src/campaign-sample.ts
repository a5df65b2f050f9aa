import { type CampaignProgress, type CampaignStanding, readProgress, readStandings } from './campaign-progress.ts';
import type { Database } from './database.ts';

/** A campaign as it was found at one moment. */
export interface CampaignSample {
  standing: CampaignStanding;
  progress: CampaignProgress;
}

/**
 * Those that are not there are missing. First where they are, then the counts: when one has ended, its counts are its
 * last.
 */
export async function readSamples(
  database: Database,
  campaignIds: readonly string[],
): Promise<Map<string, CampaignSample>> {
  const standings = await readStandings(database, campaignIds);
  const progress = await readProgress(database, [...standings.keys()]);
  return new Map(
    [...standings].flatMap(([id, standing]) => {
      const counted = progress.get(id);
      return counted ? [[id, { standing, progress: counted }] as const] : [];
    }),
  );
}
