import type { LineReport } from '@pombo/db/line-report.ts';
import { type Html, html } from '../page/html.ts';
import { duration } from '../page/moment.ts';
import { paceWords, standingTones, useWords } from './line-words.ts';

/** A table of lines, in their order. */
export function lineTable(lines: readonly LineReport[]): Html {
  return html`<div class="scroll wide"><table class="lines">
<thead><tr><th>Line<th>Standing<th class="number">Pace<th class="number">Used<th class="number">Media pace<th class="number">Used<th class="number">Backlog<th class="number">Oldest<th class="number">Released<th class="number">Open calls<th class="number">Unknown</tr></thead>
<tbody>${lines.map(lineRow)}</tbody>
</table></div>`;
}

function lineRow(line: LineReport): Html {
  const { word, sentence } = line.standing;
  const path = `/lines/${line.lineId}`;
  return html`<tr><td class="name"><a href="${path}">${line.lineId}</a> <bdi class="soft">${line.name}</bdi><td><span class="${standingTones[word]}">${word}</span>${word === 'open' ? null : html`<br><bdi class="sentence">${sentence}</bdi>`}<td class="number">${paceWords(line.pace, line.currentPace)}<td class="number">${useWords(line.currentPace, line.usedPace)}<td class="number">${paceWords(line.mediaPace, line.currentMediaPace)}<td class="number">${useWords(line.currentMediaPace, line.usedMediaPace)}<td class="number">${line.backlog}<td class="number">${line.oldestSeconds === null ? '-' : duration(line.oldestSeconds)}<td class="number">${line.released}<td class="number">${line.openCalls}<td class="number">${line.unknown}</tr>`;
}
