import type { LineReport } from '@pombo/db/line-report.ts';
import type { LatestMessage, StateTotal } from '@pombo/db/overview.ts';
import { lineTable } from '../lines/line-table.ts';
import { clock } from '../page/clock.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import type { Visitor } from '../sign-in/visitor.ts';

export interface Overview {
  visitor: Visitor;
  lines: readonly LineReport[];
  totals: readonly StateTotal[];
  latest: readonly LatestMessage[];
}

/** Colours carry no meaning of their own: the word stands beside them. */
const tones: Readonly<Record<string, string>> = {
  OK: 'good',
  ERROR: 'bad',
  CANCELED: 'soft',
  WR: 'wait',
  unknown: 'wait',
};

export function overviewPage({ visitor, lines, totals, latest }: Overview, now: Date): string {
  return framed({
    visitor,
    room: 'overview',
    title: 'overview',
    live: '/',
    body: html`<h1>Overview</h1>
<p class="soft">As of ${clock(now)} UTC</p>
<h2>Unfinished</h2>
<dl class="totals">${totals.map(total)}</dl>
<h2>Lines</h2>
${lineTable(lines)}
${lines.length === 0 ? html`<p class="soft">There is no line yet: npx pombo line create.</p>` : null}
<h2>Latest messages</h2>
<div class="scroll"><table>
<thead><tr><th>Message<th>Line<th>To<th>Type<th>State<th class="number">Code<th>What was said<th>Accepted (UTC)<th>Settled</tr></thead>
<tbody>${latest.map(messageRow)}</tbody>
</table></div>
${latest.length === 0 ? html`<p class="soft">Nothing was sent yet.</p>` : null}`,
  });
}

function total({ state, total }: StateTotal): Html {
  return html`<div><dt>${state}</dt><dd>${total}</dd></div>`;
}

function messageRow(message: LatestMessage): Html {
  return html`<tr><td>${message.messageId}<td>${message.lineId}<td>${message.dest}<td>${message.type}<td class="${tones[message.status] ?? ''}">${message.status}<td class="number">${message.returnCode ?? '-'}<td>${message.statusDelivery}<td>${clock(message.createdAt)}<td>${message.settledAt === null ? '-' : clock(message.settledAt)}</tr>`;
}
