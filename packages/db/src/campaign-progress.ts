import { type CampaignHours, type HoldFacts, holdOf } from '@pombo/domain/campaign-hold.ts';
import { type CampaignState, type RecipientCounts, readCounts } from '@pombo/domain/campaign-state.ts';
import { hours } from './campaigns.ts';
import type { Database } from './database.ts';
import { readLineStandings } from './line-report.ts';
import { isAwaited } from './page-assets.ts';

/** Why recipients have no message that was sent, and how many for each reason; the most frequent first. */
export interface Reason {
  state: 'failed' | 'invalid';
  /** Graph's code and subcode, `100/2018001`; null when the reason is ours. */
  code: string | null;
  because: string;
  count: number;
}

export interface CampaignProgress {
  /** These add up to the number of recipients at every instant. */
  counts: RecipientCounts;
  recipients: number;
  reasons: Reason[];
}

const mostReasons = 20;

/** Every campaign's counts in one snapshot; a campaign nobody was added to has none. */
export async function readProgress(
  database: Database,
  campaignIds: readonly string[],
): Promise<Map<string, CampaignProgress>> {
  const rows = await database.query<{ id: string; what: string; n: number }>(
    `SELECT a.id, n.what, n.n::float8 AS n FROM unnest($1::bigint[]) AS a(id), LATERAL campaign_counts(a.id) n`,
    [campaignIds],
  );
  const sums = new Map<string, Map<string, number>>(campaignIds.map((id) => [id, new Map()]));
  for (const { id, what, n } of rows) sums.get(id)?.set(what, n);
  return new Map([...sums].map(([id, ofOne]) => [id, progressOf(ofOne)]));
}

/** Where a campaign is, in short. */
export interface CampaignStanding {
  state: CampaignState;
  /** Why it is there; or why it does not send just now, though it is to. */
  because: string | null;
  rateNow: number;
  hasEnded: boolean;
}

type StandingRow = CampaignStanding & CampaignHours & HoldFacts & { id: string; lineId: string };

/** Where these campaigns are; those that are not there any more are missing. */
export async function readStandings(
  database: Database,
  campaignIds: readonly string[],
): Promise<Map<string, CampaignStanding>> {
  const rows = await database.query<StandingRow & Record<string, unknown>>(
    `SELECT c.campaign_id AS id, c.v8l_id AS "lineId", c.state, c.because, c.rate_now AS "rateNow",
        c.ended_at IS NOT NULL AS "hasEnded", campaign_hours(c, statement_timestamp()) AS "isWithinHours",
        CASE WHEN shared_media(c) IS NOT NULL AND ${isAwaited('a')} THEN coalesce(a.because, '') END AS "mediaTrouble", ${hours}
      FROM campaign c LEFT JOIN page_asset a ON a.v8l_id = c.v8l_id AND a.type = c.type AND a.digest = shared_media(c)
      WHERE c.campaign_id = ANY ($1::bigint[])`,
    [campaignIds],
  );
  const lineIds = rows.filter(({ state }) => state === 'running' || state === 'finishing').map(({ lineId }) => lineId);
  const lines = lineIds.length === 0 ? new Map() : await readLineStandings(database, lineIds);
  return new Map(
    rows.map((row) => {
      const { id, state, rateNow, hasEnded } = row;
      const because = row.because ?? holdOf(row, lines.get(row.lineId) ?? null);
      return [id, { state, because, rateNow, hasEnded }];
    }),
  );
}

function progressOf(sums: ReadonlyMap<string, number>): CampaignProgress {
  const counts = readCounts(sums);
  const reasons = [...sums].flatMap(([what, count]) => reasonOf(what, count)).sort((a, b) => b.count - a.count);
  const recipients = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { counts, recipients, reasons: reasons.slice(0, mostReasons) };
}

/** `failed|100/2018001|refused: recipient` and `invalid|no value for {{name}}`, as the SQL functions write them. */
function reasonOf(what: string, count: number): Reason[] {
  const [state, ...rest] = what.split('|');
  if (count <= 0) return [];
  if (state === 'failed' && rest.length > 1) {
    return [{ state, code: rest[0] || null, because: rest.slice(1).join('|'), count }];
  }
  return state === 'invalid' && rest.length > 0 ? [{ state, code: null, because: rest.join('|'), count }] : [];
}
