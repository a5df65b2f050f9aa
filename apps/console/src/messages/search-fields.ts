import type { MessageSearch } from '@pombo/db/message-search.ts';
import { deliveryStates, type MessageState } from '@pombo/domain/delivery-state.ts';
import { errorClasses } from '@pombo/graph/error-class.ts';

/** What a search may ask for, by its name in the address. */
const searchFields = ['id', 'msg_id', 'dest', 'mid', 'line', 'campaign', 'state', 'class', 'from', 'until'] as const;

export type SearchField = (typeof searchFields)[number];

/** What was asked, as it was written; nothing is empty. */
export type AskedFields = Partial<Record<SearchField, string>>;

export const messageStates: readonly MessageState[] = [...deliveryStates, 'OK', 'ERROR', 'CANCELED'];

/** What the fields of an address or a form ask for, and what of it cannot be understood. Pure. */
export function readSearch(query: URLSearchParams): { asked: AskedFields; search: MessageSearch; faults: string[] } {
  const asked: AskedFields = {};
  for (const field of searchFields) {
    const value = (query.get(field) ?? '').trim();
    if (value !== '') asked[field] = value;
  }
  const faults = searchFields.flatMap((field) => {
    const value = asked[field];
    return value === undefined || fits[field](value) ? [] : [faultOf(field, value)];
  });
  return { asked, search: faults.length > 0 ? nothing : searchOf(asked), faults };
}

/** The fields of a search, as an address has them. Pure. */
export function askedOf(search: MessageSearch): AskedFields {
  const { messageId, reference, dest, metaId, lineId, campaignId, state, errorClass, from, until } = search;
  const asked: Record<SearchField, string | null> = {
    id: messageId,
    msg_id: reference,
    dest,
    mid: metaId,
    line: lineId,
    campaign: campaignId,
    state,
    class: errorClass,
    from: from?.toISOString().replace('Z', '') ?? null,
    until: until?.toISOString().replace('Z', '') ?? null,
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null)) as AskedFields;
}

/** The address of a page for what was asked. */
export function addressOf(path: string, asked: AskedFields, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({ ...asked, ...more }).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** Whether a number may be that of a row. */
export function isRowNumber(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n;
}

const nothing: MessageSearch = {
  messageId: null,
  reference: null,
  dest: null,
  metaId: null,
  lineId: null,
  campaignId: null,
  state: null,
  errorClass: null,
  from: null,
  until: null,
};

function searchOf(asked: AskedFields): MessageSearch {
  return {
    messageId: asked.id ?? null,
    reference: asked.msg_id ?? null,
    dest: asked.dest ?? null,
    metaId: asked.mid ?? null,
    lineId: asked.line ?? null,
    campaignId: asked.campaign ?? null,
    state: messageStates.find((state) => state === asked.state) ?? null,
    errorClass: asked.class ?? null,
    from: timeOf(asked.from),
    until: timeOf(asked.until),
  };
}

const isText = (text: string) => !text.includes('\u0000') && text.length <= 1_000;
const isTime = (text: string) => timeOf(text) !== null;

const fits = {
  id: isRowNumber,
  msg_id: isText,
  dest: isText,
  mid: isText,
  line: isRowNumber,
  campaign: isRowNumber,
  state: (text) => messageStates.some((state) => state === text),
  class: (text) => errorClasses.some((each) => each === text),
  from: isTime,
  until: isTime,
} as const satisfies Record<SearchField, (text: string) => boolean>;

function faultOf(field: SearchField, value: string): string {
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return `${field}: “${shown}” cannot be searched for.`;
}

/** As the browser's own field writes it, or to the second, or a day; always UTC. Null: none of these. */
function timeOf(text: string | undefined): Date | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?$/.test(text)) return null;
  const at = new Date(text.length === 10 ? `${text}T00:00Z` : text.endsWith('Z') ? text : `${text}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}
