import type { MessageState } from '@pombo/domain/delivery-state.ts';
import { deliveryStates } from '@pombo/domain/delivery-state.ts';
import type { Asker } from './asker.ts';
import { type IdRange, leadOf, mostLookedAt } from './search-lead.ts';

/** What an operator looks for; what is null is not asked for. All of it must fit. */
export interface MessageSearch {
  messageId: string | null;
  /** The caller's own reference. */
  reference: string | null;
  dest: string | null;
  /** Meta's id. */
  metaId: string | null;
  lineId: string | null;
  campaignId: string | null;
  state: MessageState | null;
  /** How its last call failed, of a message that ended unsent or is unknown. */
  errorClass: string | null;
  /** Accepted at this time or later. */
  from: Date | null;
  /** Accepted before this time. */
  until: Date | null;
}

/** A message as it stands in a list: without its content. */
export interface FoundMessage {
  messageId: string;
  customerId: string;
  lineId: string;
  dest: string;
  type: string;
  reference: string | null;
  campaignId: string | null;
  state: MessageState;
  returnCode: number | null;
  statusDelivery: string | null;
  createdAt: Date;
  settledAt: Date | null;
}

export interface Found<Row> {
  /** The newest first. */
  rows: Row[];
  /** Where the next part begins: what is below this number has not been looked at. Null: that was all. */
  next: string | null;
  /** It has looked at as many as it may in one go, and found fewer than were wanted. */
  isCutShort: boolean;
}

/** Above every number there can be. */
export const aboveAll = '9223372036854775807';

/** What fits, below a number: as many as wanted. */
export function searchMessages(
  asker: Asker,
  search: MessageSearch,
  page: { before: string; limit: number },
): Promise<Found<FoundMessage>> {
  return find<FoundMessage & Record<string, unknown>>(asker, search, page, columns);
}

/** The same, their numbers alone. */
export function searchIds(
  asker: Asker,
  search: MessageSearch,
  page: { before: string; limit: number },
): Promise<Found<{ messageId: string }>> {
  return find(asker, search, page, 'c.cdls_id::text AS "messageId"');
}

/** How many fit; `isAll` false: there may be more than were looked at. */
export async function countMatches(asker: Asker, search: MessageSearch): Promise<{ count: number; isAll: boolean }> {
  const range = await rangeOf(asker, search, aboveAll);
  const { put, values } = placeholders();
  const lead = await leadOf(asker, { search, range, most: mostLookedAt, put });
  const [row] = await asker.query<{ count: number; looked: number }>(
    `SELECT count(*)::int AS looked, (count(*) FILTER (WHERE ${fits(search, put)}))::int AS count FROM (${lead}) c ${rows}`,
    values,
  );
  return { count: row?.count ?? 0, isAll: (row?.looked ?? 0) < mostLookedAt };
}

/** The newest message there is; 0 when there is none. What comes later has a higher number, or has been accepted already. */
export async function newestId(asker: Asker): Promise<string> {
  const [row] = await asker.query<{ id: string }>('SELECT cdls_id::text AS id FROM cdls ORDER BY cdls_id DESC LIMIT 1');
  return row?.id ?? '0';
}

async function find<Row extends Record<string, unknown> & { messageId: string }>(
  asker: Asker,
  search: MessageSearch,
  { before, limit }: { before: string; limit: number },
  wanted: string,
): Promise<Found<Row>> {
  const range = await rangeOf(asker, search, before);
  // Most often the first few are what was looked for, and the rest need not be read to be put in order.
  for (const most of [4 * limit, mostLookedAt]) {
    const { put, values } = placeholders();
    const lead = await leadOf(asker, { search, range, most, put });
    const leadValues = [...values];
    const found = await asker.query<Row>(
      `SELECT ${wanted} FROM (${lead}) c ${rows} WHERE ${fits(search, put)} ORDER BY c.cdls_id DESC LIMIT ${limit + 1}`,
      values,
    );
    if (found.length > limit) {
      const shown = found.slice(0, limit);
      return { rows: shown, next: shown.at(-1)?.messageId ?? null, isCutShort: false };
    }
    const [looked] = await asker.query<{ count: number; lowest: string | null }>(
      `SELECT count(*)::int AS count, min(cdls_id)::text AS lowest FROM (${lead}) c`,
      leadValues,
    );
    if (looked === undefined || looked.count < most) return { rows: found, next: null, isCutShort: false };
    if (most >= mostLookedAt) return { rows: found, next: looked.lowest, isCutShort: true };
  }
  throw new Error('a search ends at the latest when it has looked at as many as it may');
}

// Each by its number and in no other way: whatever the planner believes of how many there are.
const rows = `CROSS JOIN LATERAL (SELECT * FROM cdls l WHERE l.cdls_id = c.cdls_id OFFSET 0) m
  LEFT JOIN LATERAL (SELECT * FROM delivery u WHERE u.cdls_id = c.cdls_id OFFSET 0) d ON true`;

const state =
  "CASE WHEN m.cdls_status IN ('PENDING', 'WR') THEN coalesce(d.state, m.cdls_status) ELSE m.cdls_status END";

const columns = `c.cdls_id::text AS "messageId", m.cdcs_id::text AS "customerId", m.v8l_id::text AS "lineId", m.cdls_dest AS dest,
  m.cdls_mtype AS type, m.cdls_msg_id AS reference, m.cdls_campaign_id::text AS "campaignId", ${state} AS state,
  m.cdls_return_code AS "returnCode", m.cdls_status_delivery AS "statusDelivery", m.cdls_created_at AS "createdAt",
  m.cdls_settled_at AS "settledAt"`;

/** Everything asked for, also what has led to the row already. */
function fits(search: MessageSearch, put: (value: unknown) => string): string {
  const asked: [unknown, (place: string) => string][] = [
    [search.messageId, (it) => `c.cdls_id = ${it}::bigint`],
    [search.reference, (it) => `m.cdls_msg_id = ${it}::text`],
    [search.dest, (it) => `m.cdls_dest = ${it}::text`],
    [search.metaId, (it) => `m.cdls_return_id = ${it}::text`],
    [search.lineId, (it) => `m.v8l_id = ${it}::bigint`],
    [search.campaignId, (it) => `m.cdls_campaign_id = ${it}::bigint`],
    [search.state, (it) => `${isUnfinished(search.state) ? 'd.state' : 'm.cdls_status'} = ${it}::text`],
    [search.errorClass, hasClass],
    [search.from, (it) => `m.cdls_created_at >= ${it}::timestamptz`],
    [search.until, (it) => `m.cdls_created_at < ${it}::timestamptz`],
  ];
  const conditions = asked.filter(([value]) => value !== null).map(([value, condition]) => condition(put(value)));
  return ['true', ...conditions].join(' AND ');
}

/** One call of one message, asked for by its number: what EXISTS asks for the planner may join with all attempts there are. */
function hasClass(it: string): string {
  return `m.cdls_status IN ('ERROR', 'CANCELED', 'WR') AND (SELECT a.error_class FROM attempt a
    WHERE a.cdls_id = c.cdls_id AND a.number = greatest(m.cdls_attempts, coalesce(d.attempt, 0))) = ${it}::text`;
}

function isUnfinished(state: MessageState | null): boolean {
  return deliveryStates.some((each) => each === state);
}

/**
 * How far apart numbers and times may be. A number is drawn before its message is accepted, and thrown away when that takes
 * long (`accept.ts`); so what was accepted in a time has a number that was drawn in that time, give or take this.
 */
const slackSeconds = 5;

/** The numbers that what was accepted in this time can have. The times themselves are asked of each row besides. */
async function rangeOf(asker: Asker, { from, until }: MessageSearch, before: string): Promise<IdRange> {
  if (from === null && until === null) return { after: '0', before };
  const [row] = await asker.query<{ after: string; before: string }>(
    `SELECT (CASE WHEN $1::timestamptz IS NULL THEN 0 ELSE last_id_before($1::timestamptz - $3 * interval '1 second') END)::text AS after,
      least($4::bigint, CASE WHEN $2::timestamptz IS NULL THEN $4::bigint
        ELSE last_id_before($2::timestamptz + $3 * interval '1 second') + 1 END)::text AS before`,
    [from, until, slackSeconds, before],
  );
  return row ?? { after: '0', before };
}

/** Values in the order in which a text names them. */
function placeholders(): { put: (value: unknown) => string; values: unknown[] } {
  const values: unknown[] = [];
  return {
    values,
    put: (value) => `$${values.push(value)}`,
  };
}
