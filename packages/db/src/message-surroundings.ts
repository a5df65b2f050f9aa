import type { ReplayRefusal } from '@pombo/domain/bulk-action.ts';
import type { LineStanding } from '@pombo/domain/line-standing.ts';
import { type CampaignStanding, readStandings } from './campaign-progress.ts';
import type { Database } from './database.ts';
import { readLineStandings } from './line-report.ts';
import type { ShownMessage } from './messages.ts';

/** What stands around a message, and explains it: where it came from, what keeps it, what followed. */
export interface MessageSurroundings {
  lineName: string;
  line: LineStanding | null;
  /** Null: it is of no campaign. */
  campaign: (CampaignStanding & { name: string }) | null;
  /** The `Idempotency-Key` it was accepted with, for as long as that is kept. */
  idempotencyKey: string | null;
  /** Another message to the same person that must go first. */
  goesFirst: string | null;
  replayOf: string | null;
  replayedAs: string | null;
  /** Whether it may be replayed, and if not, why not. */
  replay: 'fit' | ReplayRefusal;
}

export async function readSurroundings(database: Database, message: ShownMessage): Promise<MessageSurroundings> {
  const { messageId, lineId, campaignId } = message;
  const [lines, campaigns, [row]] = await Promise.all([
    readLineStandings(database, [lineId]),
    campaignId === null ? null : readStandings(database, [campaignId]),
    database.query<SurroundingsRow>(surroundings, [messageId, message.createdAt]),
  ]);
  if (!row) throw new Error('a question for one row was answered with none');
  const { campaignName, ...rest } = row;
  const campaign = (campaignId !== null && campaigns?.get(campaignId)) || null;
  return { ...rest, line: lines.get(lineId) ?? null, campaign: campaign && { ...campaign, name: campaignName ?? '' } };
}

type SurroundingsRow = Omit<MessageSurroundings, 'line' | 'campaign'> & { campaignName: string | null } & Record<
    string,
    unknown
  >;

// A key is found by when it ends, for which there is an index: 24 hours after it was written, together with its message.
const surroundings = `SELECT
    (SELECT l.v8l_name FROM cd_v8_line l WHERE l.v8l_id = m.v8l_id) AS "lineName",
    (SELECT c.name FROM campaign c WHERE c.campaign_id = m.cdls_campaign_id) AS "campaignName",
    (SELECT k.key FROM idempotency_key k WHERE k.cdls_id = m.cdls_id
      AND k.expires_at BETWEEN $2::timestamptz + interval '24 hours' - interval '10 seconds' AND $2::timestamptz + interval '24 hours 1 second'
    ) AS "idempotencyKey",
    (SELECT o.cdls_id FROM delivery d JOIN delivery o ON o.v8l_id = d.v8l_id AND o.dest = d.dest AND o.cdls_id <> d.cdls_id
      AND (o.state = 'sending' OR (o.lane = d.lane AND o.source = d.source AND o.position < d.position AND o.state <> 'unknown'))
      WHERE d.cdls_id = m.cdls_id AND d.state IN ('backlog', 'released') ORDER BY o.state <> 'sending', o.position LIMIT 1) AS "goesFirst",
    (SELECT r.cdls_id FROM message_replay r WHERE r.replay_id = m.cdls_id) AS "replayOf",
    (SELECT r.replay_id FROM message_replay r WHERE r.cdls_id = m.cdls_id) AS "replayedAs",
    (SELECT v.verdict FROM replay_verdicts(ARRAY[m.cdls_id], NULL) v) AS replay
  FROM cdls m WHERE m.cdls_id = $1::bigint`;
