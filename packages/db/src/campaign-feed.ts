import type { CampaignState, ResumeScope } from '@pombo/domain/campaign-state.ts';
import type { MessageType } from '@pombo/domain/message-type.ts';
import type { Rendering, Variables } from '@pombo/domain/template.ts';
import type { Database } from './database.ts';

/** A campaign whose next recipients are to be made into messages. */
export interface HungryCampaign {
  campaignId: string;
  type: MessageType;
  template: string;
  defaults: Variables;
  feeds: ResumeScope;
  /** Its list has been fed up to here. */
  fedThrough: string;
  wanted: number;
}

export interface NextRecipients {
  recipients: { number: string; dest: string; variables: Variables | null }[];
  fedThrough: string;
  /** This is the end of its list. */
  done: boolean;
}

export function campaignsToFeed(database: Database): Promise<HungryCampaign[]> {
  return database.query<HungryCampaign & Record<string, unknown>>(
    `SELECT campaign_id AS "campaignId", type, template, defaults, feeds, fed_through AS "fedThrough", wanted
      FROM campaigns_to_feed()`,
  );
}

export async function nextRecipients(database: Database, campaign: HungryCampaign): Promise<NextRecipients> {
  const rows = await database.query<RecipientRow>('SELECT * FROM recipients_to_feed($1, $2, $3, $4)', [
    campaign.campaignId,
    campaign.feeds,
    campaign.fedThrough,
    campaign.wanted,
  ]);
  return {
    recipients: rows.flatMap(({ number, dest, variables }) => (number === null ? [] : [{ number, dest, variables }])),
    fedThrough: rows.at(-1)?.fed_through ?? campaign.fedThrough,
    done: rows.at(-1)?.done ?? false,
  };
}

interface RecipientRow {
  number: string | null;
  dest: string;
  variables: Variables | null;
  fed_through: string;
  done: boolean;
}

/**
 * Makes these recipients into messages and moves the campaign on, all at once. Null, and nothing is changed, when another
 * process has fed it meanwhile or it runs no more.
 */
export async function feedCampaign(
  database: Database,
  campaign: HungryCampaign,
  next: NextRecipients,
  renderings: readonly Rendering[],
): Promise<{ lineId: string; fed: number } | null> {
  const [row] = await database.query<{ line_id: string; fed: string }>(
    'SELECT * FROM feed_campaign($1, $2, $3, $4, $5, $6::bigint[], $7::text[], $8::text[])',
    [
      campaign.campaignId,
      campaign.feeds,
      campaign.fedThrough,
      next.fedThrough,
      next.done,
      next.recipients.map(({ number }) => number),
      renderings.map((rendering) => (rendering.kind === 'message' ? rendering.data : null)),
      renderings.map((rendering) => (rendering.kind === 'message' ? null : rendering.because)),
    ],
  );
  return row ? { lineId: row.line_id, fed: Number(row.fed) } : null;
}

/** Sends again what was unknown when the campaign was resumed for that. True when there may be more. */
export async function requeueUnknown(database: Database, campaignId: string, limit: number): Promise<boolean> {
  const [row] = await database.query<{ more: boolean }>('SELECT requeue_unknown($1, $2) AS more', [campaignId, limit]);
  return row?.more ?? false;
}

/** Ends what canceled campaigns have not handed to Graph; how many messages. */
export async function endCanceled(database: Database, limit: number): Promise<number> {
  const [row] = await database.query<{ ended: number }>('SELECT end_canceled($1)::int AS ended', [limit]);
  return row?.ended ?? 0;
}

export interface CampaignVerdict {
  campaignId: string;
  state: CampaignState;
  because: string | null;
}

/** Adds up what has moved, and moves campaigns on by it. One process at a time does; what was decided comes back. */
export function foldCampaigns(database: Database): Promise<CampaignVerdict[]> {
  return database.query<CampaignVerdict & Record<string, unknown>>(
    'SELECT campaign_id AS "campaignId", state, because FROM fold_campaigns()',
  );
}
