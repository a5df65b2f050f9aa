import { campaignsToFeed, feedCampaign, nextRecipients } from '@pombo/db/campaign-feed.ts';
import { addRecipients, beginUpload, endUpload } from '@pombo/db/campaign-list.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { createCampaign, type NewCampaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';

/** A running campaign whose recipients all have their messages: the test puts these there itself. */
export async function addFedCampaign(
  database: Database,
  {
    customerId,
    lineId,
    queued,
    priority = 0,
  }: { customerId: string; lineId: string; queued: number; priority?: number },
): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO campaign (cdcs_id, v8l_id, name, state, type, template, started_at, priority)
      VALUES ($1, $2, 'filled', 'running', 'text', 'filled', now(), $3) RETURNING campaign_id AS id`,
    [customerId, lineId, priority],
  );
  const id = row?.id ?? '';
  await database.query("INSERT INTO campaign_delta (campaign_id, what, n) VALUES ($1, 'queued', $2)", [id, queued]);
  return id;
}

/** How many recipients are where, by their rows: what the counts of the campaign must say at the same instant. */
export async function recount(database: Database, campaignId: string): Promise<Record<string, number>> {
  const rows = await database.query<{ state: string; count: number }>(
    `SELECT CASE WHEN r.because IS NOT NULL THEN 'invalid'
                 WHEN r.cdls_id IS NULL THEN CASE c.state WHEN 'canceled' THEN 'canceled' ELSE 'waiting' END
                 ELSE campaign_state_of(d.state, m.cdls_status, m.cdls_status_delivery) END AS state, count(*)::int AS count
      FROM campaign_recipient r JOIN campaign c USING (campaign_id) LEFT JOIN cdls m ON m.cdls_id = r.cdls_id
        LEFT JOIN delivery d ON d.cdls_id = r.cdls_id
      WHERE r.campaign_id = $1 GROUP BY 1`,
    [campaignId],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** The counts a campaign itself gives, without those that are zero. */
export async function countsOf(database: Database, campaignId: string): Promise<Record<string, number>> {
  const progress = (await readProgress(database, [campaignId])).get(campaignId);
  return Object.fromEntries(Object.entries(progress?.counts ?? {}).filter(([, count]) => count !== 0));
}

/** A draft with these recipients, made as the API makes it. */
export async function addDraft(
  database: Database,
  parts: {
    customerId: string;
    lineId: string;
    dests: readonly string[];
    variables?: Record<string, string>;
    over?: Partial<NewCampaign>;
  },
): Promise<string> {
  const { customerId, lineId, dests, variables = null, over = {} } = parts;
  const { campaignId } = await createCampaign(database, { ...plainCampaign, customerId, lineId, ...over });
  await beginUpload(database, customerId, campaignId, 'list');
  for (let from = 0; from < dests.length; from += 10_000) {
    const part = dests.slice(from, from + 10_000);
    const added = await addRecipients(database, campaignId, 'list', {
      fromRow: from,
      throughRow: from + part.length,
      recipients: part.map((dest) => ({ dest, variables })),
      faults: [],
    });
    if (added.kind !== 'added') throw new Error(added.kind);
  }
  await endUpload(database, campaignId, 'list', null);
  return campaignId;
}

const plainCampaign: Omit<NewCampaign, 'customerId' | 'lineId'> = {
  name: 'harbour news',
  type: 'text',
  template: 'A parrot was seen near the harbour.',
  defaults: {},
  priority: 0,
  rate: null,
  timeZone: 'UTC',
  timeStart: null,
  timeEnd: null,
  dateStart: null,
  dateEnd: null,
  onUnknown: 'hold',
  validitySeconds: 604_800,
  mostFailedPercent: null,
  mostUnknown: null,
};

/** Makes the next recipients of a running campaign into messages, all with the same words; how many there were. */
export async function feedOnce(database: Database, campaignId: string): Promise<number> {
  const campaign = (await campaignsToFeed(database)).find((hungry) => hungry.campaignId === campaignId);
  if (!campaign) return 0;
  const next = await nextRecipients(database, campaign);
  const renderings = next.recipients.map(() => ({ kind: 'message', data: 'hello' }) as const);
  return (await feedCampaign(database, campaign, next, renderings))?.fed ?? 0;
}
