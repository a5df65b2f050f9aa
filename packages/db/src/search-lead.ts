import { unknownReasons } from '@pombo/domain/outcome.ts';
import type { Asker } from './asker.ts';
import type { MessageSearch } from './message-search.ts';

/**
 * Most index entries that one search looks at. A search by one thing alone needs no more than its page; what several things
 * leave over is found among so many, and where that is not enough the search says how far it came.
 */
export const mostLookedAt = 10_000;

/** The numbers of messages a search has to look at: those between two numbers, without them. */
export interface IdRange {
  after: string;
  before: string;
}

export interface LeadParts {
  search: MessageSearch;
  range: IdRange;
  most: number;
  put: Put;
}

/** The value of a text, by its place among the values of the statement. */
type Put = (value: unknown) => string;

/**
 * The numbers of the messages that one index finds, the newest first, at most `most` of them: a query of `cdls_id`. Rows are
 * compared and ordered by all columns of the index they are to be found with, although fewer would say the same: then no
 * other index fits, and the planner cannot take one that reads millions of rows of others. The bounds belong to the range, so
 * that the planner expects rows between them: of what it expects nothing it would read all, from every partition, to sort it.
 */
export async function leadOf(asker: Asker, { search, range, most, put }: LeadParts): Promise<string> {
  const within = withinOf(range, most, put);
  if (search.messageId !== null) return within.id('cdls', `cdls_id = ${put(search.messageId)}::bigint`);
  if (search.metaId !== null) return within.id('meta_message_id', `hash = meta_id_hash(${put(search.metaId)}::text)`);
  if (search.reference !== null) return within.everyCustomer('cdls_msg_id', put(search.reference));
  if (search.dest !== null) return within.everyCustomer('cdls_dest', put(search.dest));
  switch (search.state) {
    case 'ERROR':
    case 'CANCELED':
      return (
        unsentLead(search, within, put) ?? within.of('unsent_message', 'cdls_status', `${put(search.state)}::text`)
      );
    case 'unknown':
      return within.id('delivery', "state = 'unknown'");
    case 'backlog':
    case 'released':
    case 'sending':
      return unfinishedLead(asker, search, within, put);
    default:
      return settledLead(search, within, put);
  }
}

type Within = ReturnType<typeof withinOf>;

/** How a call can have failed of which nobody knows the outcome. Graph may have said a code that no table of ours knows. */
const classesOfUnknowns: readonly string[] = [...unknownReasons, 'other'];

function settledLead(search: MessageSearch, within: Within, put: Put): string {
  if (search.errorClass !== null && search.state === null) {
    const unsent =
      unsentLead(search, within, put) ?? within.of('unsent_message', 'error_class', `${put(search.errorClass)}::text`);
    // The class of what ended stands beside it; what is unknown has none there, and is looked through.
    return classesOfUnknowns.includes(search.errorClass)
      ? within.newest(unsent, within.id('delivery', "state = 'unknown'"))
      : unsent;
  }
  if (search.campaignId !== null) return within.of('cdls', 'cdls_campaign_id', `${put(search.campaignId)}::bigint`);
  if (search.lineId !== null) return within.of('cdls', 'v8l_id', `${put(search.lineId)}::bigint`);
  return within.id('cdls', 'true');
}

/** Of a campaign, of a line, or of a class, what ended unsent; null: of none of them. */
function unsentLead(search: MessageSearch, within: Within, put: Put): string | null {
  if (search.campaignId !== null)
    return within.of('unsent_message', 'campaign_id', `${put(search.campaignId)}::bigint`);
  if (search.lineId !== null) return within.of('unsent_message', 'v8l_id', `${put(search.lineId)}::bigint`);
  if (search.errorClass !== null) return within.of('unsent_message', 'error_class', `${put(search.errorClass)}::text`);
  return null;
}

/** Few are released or sending, or wait on one line: read whole and put in order. When they are many, all that is unfinished is looked through. */
async function unfinishedLead(asker: Asker, search: MessageSearch, within: Within, put: Put): Promise<string> {
  const few = fewUnfinished(search);
  if (few !== null) {
    const [counted] = await asker.query<{ many: boolean }>(
      `SELECT count(*) > ${mostLookedAt} AS many FROM (${few.text} LIMIT ${mostLookedAt + 1}) few`,
      few.values,
    );
    if (counted?.many === false) return within.ofFew(numbered(few, put));
  }
  return within.id('delivery', 'true');
}

interface Few {
  text: string;
  values: string[];
}

/** In the order of the index that finds them, which is not that of their numbers. */
function fewUnfinished({ state, lineId, campaignId }: MessageSearch): Few | null {
  if (state === 'released')
    return { text: "SELECT cdls_id FROM delivery WHERE state = 'released' ORDER BY lane, due_at", values: [] };
  if (state === 'sending')
    return { text: "SELECT cdls_id FROM delivery WHERE state = 'sending' ORDER BY lease_until", values: [] };
  const ofLine = (line: string, also: string) => `SELECT cdls_id FROM delivery
    WHERE state = 'backlog' AND v8l_id = ${line} ${also} ORDER BY v8l_id, (type IN ('audio', 'video')), source, position`;
  if (campaignId !== null)
    return {
      text: ofLine('(SELECT v8l_id FROM campaign WHERE campaign_id = $1::bigint)', 'AND source = $1::bigint'),
      values: [campaignId],
    };
  return lineId === null ? null : { text: ofLine('$1::bigint', ''), values: [lineId] };
}

/** The same text with its values where they stand in the whole statement. */
function numbered({ text, values }: Few, put: Put): string {
  const [first] = values;
  return first === undefined ? text : text.replaceAll('$1', () => put(first));
}

function withinOf(range: IdRange, most: number, put: Put) {
  const after = `${put(range.after)}::bigint`;
  const before = `${put(range.before)}::bigint`;
  const newestFirst = `ORDER BY cdls_id DESC LIMIT ${most}`;
  const between = `cdls_id > ${after} AND cdls_id < ${before}`;
  return {
    /** By the number alone. */
    id: (table: string, which: string) => `SELECT cdls_id FROM ${table} WHERE ${which} AND ${between} ${newestFirst}`,

    /** By an index on one column and the number. */
    of: (table: string, column: string, value: string) =>
      `SELECT cdls_id FROM ${table} WHERE ${column} IS NOT NULL
        AND (${column}, cdls_id) >= (${value}, ${after} + 1) AND (${column}, cdls_id) <= (${value}, ${before} - 1)
        ORDER BY ${column} DESC, cdls_id DESC LIMIT ${most}`,

    /** By an index of the log on one column, the customer and the number: from customer to customer. */
    everyCustomer: (column: string, put: string) => {
      const value = `${put}::text`;
      const next = (above: string) => `SELECT o.cdcs_id FROM cdls o
        WHERE (o.${column}, o.cdcs_id) > (${value}, ${above}) AND o.${column} <= ${value} AND o.${column} IS NOT NULL
        ORDER BY o.${column}, o.cdcs_id LIMIT 1`;
      return `WITH RECURSIVE owner AS (
          (${next('0::bigint')})
          UNION ALL
          SELECT (${next('owner.cdcs_id')}) FROM owner WHERE owner.cdcs_id IS NOT NULL
        )
        SELECT n.cdls_id FROM owner CROSS JOIN LATERAL (
          SELECT m.cdls_id FROM cdls m WHERE m.${column} IS NOT NULL
            AND (m.${column}, m.cdcs_id, m.cdls_id) >= (${value}, owner.cdcs_id, ${after} + 1)
            AND (m.${column}, m.cdcs_id, m.cdls_id) <= (${value}, owner.cdcs_id, ${before} - 1)
          ORDER BY m.${column} DESC, m.cdcs_id DESC, m.cdls_id DESC LIMIT ${most}) n
        WHERE owner.cdcs_id IS NOT NULL ORDER BY n.cdls_id DESC LIMIT ${most}`;
    },

    ofFew: (few: string) => `SELECT cdls_id FROM (${few} LIMIT ${mostLookedAt}) few WHERE ${between} ${newestFirst}`,

    newest: (...leads: string[]) =>
      `SELECT cdls_id FROM (${leads.map((lead) => `(${lead})`).join(' UNION ALL ')}) leads ${newestFirst}`,
  };
}
