import type { DeliveryState, LogStatus } from '@pombo/domain/delivery-state.ts';
import type { Database } from './database.ts';
import { aboveAll } from './message-search.ts';

/** A row of the log as its owner may read it. Numbers of the database are text; times are Dates. */
export interface LoggedMessage {
  messageId: string;
  lineId: string;
  dest: string;
  type: string;
  data: string;
  caption: string | null;
  reference: string | null;
  /** The campaign it was sent by. */
  campaignId: string | null;
  lane: string;
  status: LogStatus;
  returnCode: number | null;
  returnId: string | null;
  returnLog: string | null;
  statusDelivery: string | null;
  onUnknown: string;
  /** Where an unfinished message is. Null once it is settled. */
  state: DeliveryState | null;
  attemptCount: number;
  createdAt: Date;
  expiresAt: Date;
  settledAt: Date | null;
}

/** One call to Graph. */
export interface LoggedAttempt {
  number: number;
  openedAt: Date;
  closedAt: Date | null;
  outcome: string | null;
  httpStatus: number | null;
  code: number | null;
  subcode: number | null;
  fbtraceId: string | null;
  text: string | null;
  totalMs: number | null;
}

export interface MessageFilter {
  lineId: string | null;
  status: LogStatus | null;
  dest: string | null;
  reference: string | null;
  campaignId: string | null;
  /** Only messages accepted before this one: the cursor. */
  beforeId: string | null;
  limit: number;
}

const columns = `m.cdls_id AS "messageId", m.v8l_id AS "lineId", m.cdls_dest AS dest, m.cdls_mtype AS type,
  m.cdls_mdata AS data, m.cdls_mcaption AS caption, m.cdls_msg_id AS reference, m.cdls_campaign_id AS "campaignId",
  m.cdls_lane AS lane,
  m.cdls_status AS status, m.cdls_return_code AS "returnCode", m.cdls_return_id AS "returnId",
  m.cdls_return_log AS "returnLog", m.cdls_status_delivery AS "statusDelivery", m.cdls_on_unknown AS "onUnknown",
  d.state, greatest(m.cdls_attempts, coalesce(d.attempt, 0)) AS "attemptCount", m.cdls_created_at AS "createdAt",
  m.cdls_expires_at AS "expiresAt", m.cdls_settled_at AS "settledAt"`;

/** The row and its attempts; null when this account has no such message. */
export async function findMessage(
  database: Database,
  customerId: string,
  messageId: string,
): Promise<(LoggedMessage & { attempts: LoggedAttempt[] }) | null> {
  const [message] = await database.query<LoggedMessage>(
    `SELECT ${columns} FROM cdls m LEFT JOIN delivery d USING (cdls_id) WHERE m.cdls_id = $1 AND m.cdcs_id = $2`,
    [messageId, customerId],
  );
  if (!message) return null;
  const attempts = await database.query<LoggedAttempt>(
    `SELECT number, opened_at AS "openedAt", closed_at AS "closedAt", outcome, http_status AS "httpStatus", code, subcode,
       fbtrace_id AS "fbtraceId", text, total_ms AS "totalMs"
     FROM attempt WHERE cdls_id = $1 ORDER BY number`,
    [messageId],
  );
  return { ...message, attempts };
}

/** The newest first. What is unfinished or unsent is found through its own narrow table, never by reading the log. */
export async function listMessages(
  database: Database,
  customerId: string,
  filter: MessageFilter,
): Promise<LoggedMessage[]> {
  const { text, values } = listing(customerId, filter);
  return database.query<LoggedMessage>(text, values);
}

/** The number and owner of a row stand in three tables; which one leads the search depends on the status asked for. */
const sources = {
  PENDING: {
    from: 'delivery d JOIN cdls m USING (cdls_id)',
    leads: 'd',
    also: "d.state <> 'unknown'",
  },
  WR: { from: 'delivery d JOIN cdls m USING (cdls_id)', leads: 'd', also: "d.state = 'unknown'" },
  ERROR: {
    from: 'unsent_message u JOIN cdls m USING (cdls_id) LEFT JOIN delivery d USING (cdls_id)',
    leads: 'u',
    also: "u.cdls_status = 'ERROR'",
  },
  CANCELED: {
    from: 'unsent_message u JOIN cdls m USING (cdls_id) LEFT JOIN delivery d USING (cdls_id)',
    leads: 'u',
    also: "u.cdls_status = 'CANCELED'",
  },
  OK: { from: 'cdls m LEFT JOIN delivery d USING (cdls_id)', leads: 'm', also: "m.cdls_status = 'OK'" },
} as const satisfies Record<LogStatus, { from: string; leads: string; also: string }>;

const anyStatus = { from: 'cdls m LEFT JOIN delivery d USING (cdls_id)', leads: 'm', also: 'true' };

type Condition = (place: string) => string;

/** Only the conditions asked for stand in the text, so that PostgreSQL plans each kind of question by itself. */
function listing(customerId: string, filter: MessageFilter): { text: string; values: unknown[] } {
  const { from, leads, also } = filter.status === null ? anyStatus : sources[filter.status];
  const walk = leads === 'm' ? walkOf(filter) : null;
  const asked: [string | null, Condition][] = [
    [customerId, (it) => `${leads}.cdcs_id = ${it}`],
    [filter.beforeId, (it) => `${leads}.cdls_id < ${it}`],
    [filter.lineId, (it) => ofTheirs('m.v8l_id', `SELECT v8l_id FROM cd_v8_line WHERE v8l_id = ${it}`, walk)],
    [filter.dest, (it) => `m.cdls_dest = ${it}`],
    [filter.reference, (it) => `m.cdls_msg_id = ${it}`],
    [
      filter.campaignId,
      (it) => ofTheirs('m.cdls_campaign_id', `SELECT campaign_id FROM campaign WHERE campaign_id = ${it}`, walk),
    ],
    // Narrow rows that need not be joined to be passed over.
    [leads === 'd' ? filter.campaignId : null, (it) => `d.source = ${it}`],
  ];
  const given = asked.filter(([value]) => value !== null);
  const conditions = given.map(([, condition], index) => condition(`$${index + 1}`)).join(' AND ');
  return {
    text: `SELECT ${columns} FROM ${from} WHERE ${conditions} AND ${also}
      ORDER BY ${walk === null ? '' : `${walk} DESC,`} ${leads}.cdls_id DESC LIMIT $${given.length + 1}`,
    values: [...given.map(([value]) => value), filter.limit],
  };
}

/** The column of a campaign, or of a line, whose messages are walked through by its index, as `search-lead.ts` does and for its reason. */
function walkOf({ lineId, campaignId, dest, reference }: MessageFilter): string | null {
  if (dest !== null || reference !== null) return null;
  if (campaignId !== null) return 'm.cdls_campaign_id';
  return lineId === null ? null : 'm.v8l_id';
}

/** The indexes of lines and campaigns do not know whose they are: nobody may have those of others read through. */
function ofTheirs(column: string, which: string, walk: string | null): string {
  const theirs = `(${which} AND cdcs_id = $1)`;
  if (column !== walk) return `${column} = ${theirs}`;
  return `${column} IS NOT NULL AND (${column}, m.cdls_id) > (${theirs}, 0) AND (${column}, m.cdls_id) < (${theirs}, ${aboveAll})`;
}
