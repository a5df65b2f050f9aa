import type { LineReport } from '@pombo/db/line-report.ts';
import { duration } from '../page/duration.ts';
import { type Html, html } from '../page/html.ts';

/** Colours carry no meaning of their own: the word stands beside them. */
const tones = {
  inactive: 'soft',
  paused: 'wait',
  parked: 'bad',
  closed: 'bad',
  blocked: 'wait',
  held: 'bad',
  slowed: 'wait',
  open: 'good',
} as const satisfies Record<LineReport['standing']['word'], string>;

/** A table of lines: those that need a look first. */
export function lineTable(lines: readonly LineReport[]): Html {
  return html`<div class="scroll wide"><table>
<thead><tr><th>Line<th>Standing<th class="number">Pace<th class="number">Media pace<th class="number">Backlog<th class="number">Oldest<th class="number">In the lane<th class="number">Open calls<th class="number">Unknown</tr></thead>
<tbody>${lines.map(lineRow)}</tbody>
</table></div>`;
}

/** The `limit` lines that need a look most: what does not send as it should, then what has most to send. Pure. */
export function worthALook(lines: readonly LineReport[], limit: number): LineReport[] {
  return lines.toSorted((a, b) => trouble(b) - trouble(a) || unfinished(b) - unfinished(a)).slice(0, limit);
}

function trouble({ standing }: LineReport): number {
  return standing.word === 'open' || standing.word === 'inactive' ? 0 : 1;
}

function unfinished({ backlog, released, openCalls, unknown }: LineReport): number {
  return backlog + released + openCalls + unknown;
}

function lineRow(line: LineReport): Html {
  const { word, sentence } = line.standing;
  return html`<tr><td><a href="/lines/${line.lineId}">${line.lineId}</a> <span class="soft name" dir="auto" title="${line.name}">${line.name}</span><td><span class="${tones[word]}">${word}</span>${word === 'open' ? null : html`<br>${sentence}`}<td class="number">${pace(line.pace, line.currentPace)}<td class="number">${pace(line.mediaPace, line.currentMediaPace)}<td class="number">${line.backlog}<td class="number">${line.oldestSeconds === null ? '-' : duration(line.oldestSeconds)}<td class="number">${line.released}<td class="number">${line.openCalls}<td class="number">${line.unknown}</tr>`;
}

/** As configured, and what is allowed just now where that is less. */
function pace(configured: number, current: number): string {
  if (configured === 0) return 'none';
  return current < configured ? `${configured}/s → ${current.toFixed(1)}/s` : `${configured}/s`;
}
