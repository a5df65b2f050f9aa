import { type AuditEntry, auditedActions } from '@pombo/db/audit.ts';
import { authorise } from '@pombo/domain/authorise.ts';
import { grouped } from '../page/figures.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import { pager } from '../page/pager.ts';
import { utcField } from '../page/utc-field.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import type { AuditFields } from './audit-query.ts';

export interface AuditView {
  visitor: Visitor;
  fields: AuditFields;
  /** Null when the filters say what nothing can be like. */
  entries: readonly AuditEntry[] | null;
  goesOn: boolean;
}

const path = '/audit';

/**
 * Who did what. Whoever may look may see that: at night the question is who has paused this, and all may ask it. From
 * where somebody signs in is nobody's business but of those who administer operators.
 */
export function auditPage({ visitor, fields, entries, goesOn }: AuditView): string {
  const { before, ...filter } = fields;
  const last = goesOn ? (entries?.at(-1)?.id ?? null) : null;
  return framed({
    visitor,
    room: 'audit',
    title: 'audit',
    body: html`<h1>Audit</h1>
${filterForm(fields)}
${entries === null ? html`<p class="bad" role="alert">That is no time, or nothing that is written down.</p>` : entryTable(entries, authorise(visitor.role, 'administer'))}
${entries?.length === 0 ? html`<p class="soft">Nothing like this was done.</p>` : null}
${pager({ path, filter, before: before || null, last })}`,
  });
}

function filterForm({ who, action, from, until }: AuditFields): Html {
  const actions = auditedActions.map(
    (word) => html`<option${word === action ? html` selected` : null}>${word}</option>`,
  );
  return html`<form class="row" method="get" action="${path}" role="search" aria-label="Audit">
<div class="field"><label for="who">Who</label><input id="who" name="who" size="14" value="${who}"></div>
<div class="field"><label for="action">Did</label><select id="action" name="action"><option value="">anything</option>${actions}</select></div>
${utcField('from', 'From', from)}${utcField('until', 'Until', until)}
<button>Show</button></form>`;
}

function entryTable(entries: readonly AuditEntry[], showsOrigin: boolean): Html {
  return html`<div class="scroll"><table>
<thead><tr><th>When (UTC)<th>Who${showsOrigin ? html`<th>From` : null}<th>Did<th>To<th class="number">How many</tr></thead>
<tbody>${entries.map((entry) => entryRow(entry, showsOrigin))}</tbody>
</table></div>`;
}

function entryRow({ at, who, origin, action, object, howMany }: AuditEntry, showsOrigin: boolean): Html {
  return html`<tr><td class="time">${clock(at)}<td class="name"><bdi>${who}</bdi>${showsOrigin ? html`<td class="name"><bdi>${origin}</bdi>` : null}<td>${action}<td class="name">${objectOf(action, object)}<td class="number">${grouped(howMany)}</tr>`;
}

/** The rooms where what was acted on can be looked at, by the last word of what was done. */
const rooms: Readonly<Record<string, string>> = {
  action: '/bulk-actions',
  campaign: '/campaigns',
  line: '/lines',
  message: '/messages',
};

/** `pause line` of `7`, or `campaign 7: failed`: the number leads to what it is the number of. */
function objectOf(action: string, object: string | null): Html {
  if (object === null) return html`-`;
  const kind = action.split(' ').at(-1) ?? '';
  const [, name = '', number, rest = ''] = /^([a-z]+ )?(\d+)\b(.*)$/s.exec(object) ?? [];
  const room = Object.hasOwn(rooms, kind) ? rooms[kind] : undefined;
  if (room === undefined || number === undefined) return html`<bdi>${object}</bdi>`;
  return html`<a href="${room}/${number}">${name}${number}</a><bdi>${rest}</bdi>`;
}
