import type { LatestMessage, LineOverview, StateTotal } from '@pombo/db/overview.ts';
import { type DeliveryState, deliveryStates } from '@pombo/domain/delivery-state.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

export interface Overview {
  lines: readonly LineOverview[];
  totals: readonly StateTotal[];
  latest: readonly LatestMessage[];
}

const refreshSeconds = 5;

/** Colours carry no meaning of their own: the word stands beside them. */
const tones: Readonly<Record<string, string>> = {
  OK: 'good',
  ERROR: 'bad',
  CANCELED: 'soft',
  WR: 'wait',
  unknown: 'wait',
};

export function overviewPage({ lines, totals, latest }: Overview, now: Date): string {
  return page(
    'Pombo: overview',
    html`<header><h1>Pombo</h1><form method="post" action="/sign-out"><span class="soft">${clock(now)} UTC</span> <button>Sign out</button></form></header>
<h2>Unfinished</h2>
<dl class="totals">${deliveryStates.map((state) => total(state, totals))}</dl>
<h2>Lines</h2>
<div class="scroll"><table>
<thead><tr><th>Line<th>Health<th class="number">Pace<th class="number">Backlog<th class="number">In the lane<th class="number">Unknown<th class="number">Longest wait</tr></thead>
<tbody>${lines.map(lineRow)}</tbody>
</table></div>
${lines.length === 0 ? html`<p class="soft">There is no line yet: npx pombo line create.</p>` : null}
<h2>Latest messages</h2>
<div class="scroll"><table>
<thead><tr><th>Message<th>Line<th>To<th>Type<th>State<th class="number">Code<th>What was said<th>Accepted (UTC)<th>Settled</tr></thead>
<tbody>${latest.map(messageRow)}</tbody>
</table></div>
${latest.length === 0 ? html`<p class="soft">Nothing was sent yet.</p>` : null}`,
    refreshSeconds,
  );
}

function total(state: DeliveryState, totals: readonly StateTotal[]): Html {
  const found = totals.find((row) => row.state === state);
  return html`<div><dt>${state}</dt><dd>${found?.total ?? '0'}</dd></div>`;
}

function lineRow(line: LineOverview): Html {
  const { tone, words } = health(line);
  const waits = line.oldestSeconds === null ? '-' : duration(line.oldestSeconds);
  return html`<tr><td>${line.lineId} <span class="soft">${line.name}</span><td class="${tone}">${words}<td class="number">${line.pace === 0 ? 'none' : `${line.pace}/s`}<td class="number">${line.backlog}<td class="number">${line.inLane}<td class="number">${line.unknown}<td class="number">${waits}</tr>`;
}

function health(line: LineOverview): { tone: string; words: string } {
  if (!line.active) return { tone: 'soft', words: 'inactive' };
  if (line.pausedAt !== null) return { tone: 'wait', words: `paused since ${clock(line.pausedAt)}` };
  if (line.parkedAt === null) return { tone: 'good', words: 'active' };
  const until = line.parkedUntil === null ? 'until it is mended' : `until ${clock(line.parkedUntil)}`;
  return {
    tone: 'bad',
    words: `parked since ${clock(line.parkedAt)} ${until}: ${line.parkedReason ?? 'no reason given'}`,
  };
}

function messageRow(message: LatestMessage): Html {
  return html`<tr><td>${message.messageId}<td>${message.lineId}<td>${message.dest}<td>${message.type}<td class="${tones[message.status] ?? ''}">${message.status}<td class="number">${message.returnCode ?? '-'}<td>${message.statusDelivery}<td>${clock(message.createdAt)}<td>${message.settledAt === null ? '-' : clock(message.settledAt)}</tr>`;
}

function clock(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
