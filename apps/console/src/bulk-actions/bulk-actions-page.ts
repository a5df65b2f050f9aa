import type { BulkAction } from '@pombo/db/bulk-actions.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { bulkTones } from './bulk-action-page.ts';
import { bulkWords } from './bulk-words.ts';

export function bulkActionsPage(visitor: Visitor, actions: readonly BulkAction[]): string {
  return framed({
    visitor,
    room: 'bulkActions',
    title: 'bulk actions',
    live: '/bulk-actions',
    body: html`<h1>Bulk actions</h1>
<p class="soft">They begin with a <a href="/messages">search for messages</a>. The latest come first.</p>
${
  actions.length === 0
    ? html`<p class="soft">There has been none yet.</p>`
    : html`<div class="scroll"><table>
<thead><tr><th>Number<th>What<th>State<th class="number">Done<th class="number">Skipped<th class="number">Failed<th>By<th>Confirmed (UTC)<th>Ended</tr></thead>
<tbody>${actions.map(row)}</tbody></table></div>`
}`,
  });
}

function row({ bulkActionId, kind, state, done, skipped, failed, who, confirmedAt, endedAt }: BulkAction): Html {
  return html`<tr><td><a href="/bulk-actions/${bulkActionId}">${bulkActionId}</a><td>${bulkWords[kind].name}<td class="${bulkTones[state]}">${state}<td class="number">${done}<td class="number">${skipped}<td class="number">${failed}<td><bdi>${who}</bdi><td class="time">${clock(confirmedAt)}<td class="time">${endedAt === null ? '-' : clock(endedAt)}</tr>`;
}
