import type { AskedFields, SearchField } from '../messages/search-fields.ts';
import { type Html, html } from '../page/html.ts';

const names = {
  id: 'Message',
  msg_id: "Caller's reference",
  dest: 'PSID',
  mid: 'Meta id',
  line: 'Line',
  campaign: 'Campaign',
  state: 'State',
  class: 'Error class',
  from: 'Accepted from (UTC)',
  until: 'Accepted before (UTC)',
} as const satisfies Record<SearchField, string>;

/** What a search asks for, one fact under the other. */
export function askedFacts(asked: AskedFields): Html {
  const facts = Object.entries(asked).map(
    ([field, value]) => html`<dt>${names[field as SearchField]}</dt><dd><bdi>${value}</bdi></dd>`,
  );
  return html`<dl class="facts">${facts}</dl>`;
}
