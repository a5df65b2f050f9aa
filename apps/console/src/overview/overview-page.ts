import type { CampaignNumbers } from '@pombo/db/campaign-numbers.ts';
import type { HistoryBucket, HistoryNow } from '@pombo/db/history.ts';
import type { HouseNumbers } from '@pombo/db/house-numbers.ts';
import type { LineReport } from '@pombo/db/line-report.ts';
import type { LatestMessage } from '@pombo/db/overview.ts';
import type { RunningProcess } from '@pombo/db/processes.ts';
import type { HistorySpanWord } from '@pombo/domain/history-span.ts';
import { lineTable } from '../lines/line-table.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { figurePart } from './figure-part.ts';
import { nowPart } from './now-part.ts';
import { processTable } from './process-table.ts';

export interface Overview {
  visitor: Visitor;
  span: HistorySpanWord;
  numbers: HouseNumbers;
  flow: HistoryNow;
  history: readonly HistoryBucket[];
  campaigns: CampaignNumbers;
  /** Those that need a look most, and how many there are in all. */
  lines: readonly LineReport[];
  lineCount: number;
  processes: readonly RunningProcess[];
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

export function overviewPage(overview: Overview, now: Date): string {
  const { visitor, span, history, lines, lineCount, processes, latest } = overview;
  return framed({
    visitor,
    room: 'overview',
    title: 'overview',
    live: `/?span=${span}`,
    body: html`<h1>Overview</h1>
<p class="soft">As of ${clock(now)} UTC</p>
${nowPart(overview)}
<h2>History</h2>
${figurePart(history, span)}
<h2 id="lines">Lines that need a look</h2>
${lineTable(lines)}
${allLines(lines.length, lineCount)}
<h2>Processes</h2>
${processTable(processes, now)}
<h2>Latest messages</h2>
<div class="scroll wide"><table>
<thead><tr><th>Message<th>Line<th>To<th>Type<th>State<th class="number">Code<th>What was said<th>Accepted (UTC)<th>Settled</tr></thead>
<tbody>${latest.map(messageRow)}</tbody>
</table></div>
${latest.length === 0 ? html`<p class="soft">Nothing was sent yet.</p>` : null}`,
  });
}

function messageRow(message: LatestMessage): Html {
  const { messageId, lineId } = message;
  return html`<tr><td><a href="/messages/${messageId}">${messageId}</a><td><a href="/lines/${lineId}">${lineId}</a><td>${message.dest}<td>${message.type}<td class="${tones[message.status] ?? ''}">${message.status}<td class="number">${message.returnCode ?? '-'}<td>${message.statusDelivery}<td class="time">${clock(message.createdAt)}<td class="time">${message.settledAt === null ? '-' : clock(message.settledAt)}</tr>`;
}

function allLines(shown: number, count: number): Html {
  if (count === 0) return html`<p class="soft">There is no line yet: npx pombo line create.</p>`;
  const name = shown < count ? `All ${count} lines; these ${shown} need a look most` : 'More about the lines';
  return html`<p><a href="/lines">${name}</a></p>`;
}
