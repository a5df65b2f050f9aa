import type { CampaignState, ResumeScope } from '@pombo/domain/campaign-state.ts';
import type { MessageType } from '@pombo/domain/message-type.ts';
import { brokenRule, type Database, rowsOf } from './database.ts';

/** What a campaign says. Fixed from its start on. */
export interface CampaignContent {
  type: MessageType;
  template: string;
  defaults: Record<string, string>;
}

/** How it is sent. May be changed until it has ended. */
export interface CampaignConduct {
  name: string;
  priority: number;
  /** Messages per second; null: as the line allows. */
  rate: number | null;
  /** A name of the IANA database; the hours and days below are those of a clock on the wall there. */
  timeZone: string;
  /** `HH:MM`. Both or neither; where the end is before the start it goes over midnight. */
  timeStart: string | null;
  timeEnd: string | null;
  /** `YYYY-MM-DD`, both days included. */
  dateStart: string | null;
  dateEnd: string | null;
  onUnknown: 'hold' | 'resend';
  validitySeconds: number;
  /** It stops itself when more than this share of its outcomes are failures, or more than so many are unknown. */
  mostFailedPercent: number | null;
  mostUnknown: number | null;
}

export interface NewCampaign extends CampaignContent, CampaignConduct {
  customerId: string;
  lineId: string;
}

export interface Campaign extends NewCampaign {
  campaignId: string;
  state: CampaignState;
  /** Why it is in this state, where that needs saying. */
  because: string | null;
  feeds: ResumeScope;
  /** Messages per second, a mean over about ten seconds. */
  rateNow: number;
  createdAt: Date;
  startsAt: Date | null;
  startedAt: Date | null;
  firstSentAt: Date | null;
  lastSentAt: Date | null;
  endedAt: Date | null;
}

/** Of `campaign c`, as `CampaignHours` has them. */
export const hours = `c.time_zone AS "timeZone", to_char(c.time_start, 'HH24:MI') AS "timeStart", to_char(c.time_end, 'HH24:MI') AS "timeEnd",
  to_char(c.date_start, 'YYYY-MM-DD') AS "dateStart", to_char(c.date_end, 'YYYY-MM-DD') AS "dateEnd"`;

const columns = `c.campaign_id AS "campaignId", c.cdcs_id AS "customerId", c.v8l_id AS "lineId", c.name, c.state, c.because,
  c.type, c.template, c.defaults, c.on_unknown AS "onUnknown", c.validity_seconds AS "validitySeconds", c.priority, c.rate,
  ${hours},
  c.most_failed_percent AS "mostFailedPercent", c.most_unknown AS "mostUnknown", c.feeds, c.rate_now AS "rateNow",
  c.created_at AS "createdAt", c.starts_at AS "startsAt", c.started_at AS "startedAt", c.first_sent_at AS "firstSentAt",
  c.last_sent_at AS "lastSentAt", c.ended_at AS "endedAt"`;

type CampaignRow = Campaign & Record<string, unknown>;

/** Writes a draft. The line must be the customer's; whoever asks has seen to it. */
export async function createCampaign(database: Database, campaign: NewCampaign): Promise<Campaign> {
  const set = { ...contentColumns(campaign), ...conductColumns(campaign) };
  const names = ['cdcs_id', 'v8l_id', ...Object.keys(set)];
  const values = [campaign.customerId, campaign.lineId, ...Object.values(set)];
  const places = names.map((_name, index) => `$${index + 1}`);
  const [row] = await database.query<CampaignRow>(
    `INSERT INTO campaign AS c (${names.join(', ')}) VALUES (${places.join(', ')}) RETURNING ${columns}`,
    values,
  );
  if (!row) throw new Error('the campaign was not written');
  return row;
}

/** Null when this account has no such campaign. */
export async function findCampaign(
  database: Database,
  customerId: string,
  campaignId: string,
): Promise<Campaign | null> {
  const [row] = await database.query<CampaignRow>(
    `SELECT ${columns} FROM campaign c WHERE c.campaign_id = $1 AND c.cdcs_id = $2`,
    [campaignId, customerId],
  );
  return row ?? null;
}

/** A campaign with the names it is known by: whose it is, and over which line it is sent. */
export interface ListedCampaign extends Campaign {
  customerName: string;
  lineName: string;
}

/** What is null does not matter. */
export interface CampaignFilter {
  customerId: string | null;
  lineId: string | null;
  state: CampaignState | null;
  /** Somewhere in its name; capitals do not matter. */
  name: string | null;
  /** The last number of the page before. */
  before: string | null;
  limit: number;
}

const named = `SELECT ${columns}, u.cdcs_name AS "customerName", l.v8l_name AS "lineName"
  FROM campaign c JOIN cd_customer u ON u.cdcs_id = c.cdcs_id JOIN cd_v8_line l ON l.v8l_id = c.v8l_id`;

/** The newest first. */
export function listCampaigns(database: Database, filter: CampaignFilter): Promise<ListedCampaign[]> {
  // Only what is asked for stands in the question, so that each one is planned with the index that fits it.
  const asked = [
    { test: (place: string) => `c.campaign_id < ${place}`, value: filter.before },
    { test: (place: string) => `c.cdcs_id = ${place}`, value: filter.customerId },
    { test: (place: string) => `c.v8l_id = ${place}`, value: filter.lineId },
    { test: (place: string) => `c.state = ${place}`, value: filter.state },
    { test: (place: string) => `position(lower(${place}) IN lower(c.name)) > 0`, value: filter.name },
  ].filter(({ value }) => value !== null);
  const tests = asked.map(({ test }, index) => test(`$${index + 2}`));
  return database.query<ListedCampaign & Record<string, unknown>>(
    `${named} ${tests.length === 0 ? '' : `WHERE ${tests.join(' AND ')}`} ORDER BY c.campaign_id DESC LIMIT $1`,
    [filter.limit, ...asked.map(({ value }) => value)],
  );
}

/** Whosoever it is; null when there is no campaign with this number. */
export async function findCampaignOfAnybody(database: Database, campaignId: string): Promise<ListedCampaign | null> {
  const [row] = await database.query<ListedCampaign & Record<string, unknown>>(`${named} WHERE c.campaign_id = $1`, [
    campaignId,
  ]);
  return row ?? null;
}

export type Changed =
  | { kind: 'changed'; campaign: Campaign }
  /** Its state does not allow that, or there is none. */
  | { kind: 'too_late' }
  /** It does not go with what somebody else has changed in the same moment. */
  | { kind: 'crossed' };

/**
 * Changes how it is sent, and while it is a draft what it says. Only what is named is written, so that two who change
 * different things at once both have their way.
 */
export async function changeCampaign(
  database: Database,
  customerId: string,
  campaignId: string,
  change: { content: Partial<CampaignContent> | null; conduct: Partial<CampaignConduct> },
): Promise<Changed> {
  const set = { ...(change.content && contentColumns(change.content)), ...conductColumns(change.conduct) };
  const fate = await database.attempt<CampaignRow>(
    `UPDATE campaign c SET (${changeable.join(', ')}) =
        (SELECT ${changeable.map((name) => `n.${name}`).join(', ')} FROM jsonb_populate_record(c, $3::jsonb) n)
      WHERE c.campaign_id = $1 AND c.cdcs_id = $2
        AND CASE WHEN $4 THEN c.state = 'draft' ELSE c.state NOT IN ('finished', 'canceled') END
      RETURNING ${columns}`,
    [campaignId, customerId, JSON.stringify(set), change.content !== null],
  );
  if (fate.kind === 'undone' && brokenRule(fate.error) === 'campaign_hours_check') return { kind: 'crossed' };
  const [campaign] = rowsOf(fate);
  return campaign ? { kind: 'changed', campaign } : { kind: 'too_late' };
}

/** Deletes a draft, but for its list. False when it is no draft of this account. */
export async function deleteDraft(database: Database, customerId: string, campaignId: string): Promise<boolean> {
  const gone = await database.query(
    `DELETE FROM campaign WHERE campaign_id = $1 AND cdcs_id = $2 AND state = 'draft' RETURNING 1`,
    [campaignId, customerId],
  );
  if (gone.length === 0) return false;
  // Nothing points at these any more, and no campaign gets this number again: what a crash leaves here does no harm.
  for (const table of ['campaign_upload_fault', 'campaign_upload', 'campaign_tally', 'campaign_delta']) {
    await database.query(`DELETE FROM ${table} WHERE campaign_id = $1`, [campaignId]);
  }
  return true;
}

/** Its columns by the names they have here. */
const contentNames = {
  type: 'type',
  template: 'template',
  defaults: 'defaults',
} as const satisfies Record<keyof CampaignContent, string>;

const conductNames = {
  name: 'name',
  priority: 'priority',
  rate: 'rate',
  timeZone: 'time_zone',
  timeStart: 'time_start',
  timeEnd: 'time_end',
  dateStart: 'date_start',
  dateEnd: 'date_end',
  onUnknown: 'on_unknown',
  validitySeconds: 'validity_seconds',
  mostFailedPercent: 'most_failed_percent',
  mostUnknown: 'most_unknown',
} as const satisfies Record<keyof CampaignConduct, string>;

const changeable = [...Object.values(contentNames), ...Object.values(conductNames)];

const contentColumns = (content: Partial<CampaignContent>) => columnsOf(contentNames, content);
const conductColumns = (conduct: Partial<CampaignConduct>) => columnsOf(conductNames, conduct);

/** What is given, by its column. */
function columnsOf<Key extends string>(names: Record<Key, string>, given: Partial<Record<Key, unknown>>) {
  const keys = (Object.keys(names) as Key[]).filter((key) => given[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [names[key], given[key]]));
}
