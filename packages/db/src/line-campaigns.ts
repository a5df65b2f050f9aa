import type { CampaignState } from '@pombo/domain/campaign-state.ts';
import type { Database } from './database.ts';

export interface LineCampaign {
  campaignId: string;
  name: string;
  state: CampaignState;
  /** Why it is in this state, where that needs saying. */
  because: string | null;
  /** Messages per second, a mean over about ten seconds. */
  rateNow: number;
  createdAt: Date;
}

/** The campaigns of a line, at most `limit`: those that have not ended first, and of each the latest first. */
export function listCampaignsOfLine(database: Database, lineId: string, limit: number): Promise<LineCampaign[]> {
  return database.query<LineCampaign & Record<string, unknown>>(
    `SELECT campaign_id AS "campaignId", name, state, because, rate_now AS "rateNow", created_at AS "createdAt"
     FROM campaign WHERE v8l_id = $1 ORDER BY ended_at IS NOT NULL, campaign_id DESC LIMIT $2`,
    [lineId, limit],
  );
}
