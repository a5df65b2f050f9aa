import type { HistoryBucket } from '@pombo/db/history.ts';
import { type HistorySpanWord, historySpans, historySpanWords } from '@pombo/domain/history-span.ts';
import { type Html, html } from '../page/html.ts';
import { duration } from '../page/moment.ts';
import { ownReloadOf } from '../page/own-reload.ts';
import { type Figure, figuresOf, type Series } from './figures.ts';

/** The figures over a span, each drawn by `browser/charts.js` into its empty place and written out as a table. */
export function figurePart(history: readonly HistoryBucket[], span: HistorySpanWord): Html {
  const source = ownReloadOf(`/history.json?span=${span}`);
  return html`<nav class="spans" aria-label="How far back">${historySpanWords.map((word) => html`<a href="/?span=${word}"${word === span ? html` aria-current="true"` : null}>${historySpans[word].name}</a>`)}</nav>
<div class="figures" data-figures="${source}">${figuresOf(history, span).map((figure) => figureOf(figure, history))}</div>`;
}

function figureOf(figure: Figure, history: readonly HistoryBucket[]): Html {
  const { name, title, series } = figure;
  return html`<figure aria-labelledby="figure-${name}"><figcaption id="figure-${name}">${title}</figcaption>
${series.length === 0 ? html`<p class="soft">None.</p>` : html`<div class="plot" data-figure="${name}" aria-hidden="true"></div>${numbers(figure, history)}`}</figure>`;
}

/** The latest first, and only where there is something to say. */
function numbers({ name, title, series }: Figure, history: readonly HistoryBucket[]): Html {
  const rows = history
    .map(({ at }, index) => ({ at, index }))
    .filter(({ index }) => series.some(({ values }) => values[index]))
    .reverse();
  return html`<details id="numbers-${name}"><summary>As numbers</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table>
<thead><tr><th>From (UTC)${series.map((one) => html`<th class="number">${one.name}`)}</tr></thead>
<tbody>${rows.map(({ at, index }) => html`<tr><td class="time">${clock(at)}${index === history.length - 1 ? ' so far' : null}${series.map((one) => html`<td class="number">${said(one, index)}`)}</tr>`)}</tbody>
</table></div>
<p class="soft">${rows.length === 0 ? 'Nothing in this time.' : 'Where a row is missing there was nothing.'}</p></details>`;
}

function said({ unit, values }: Series, index: number): string {
  const value = values[index] ?? null;
  if (value === null) return '-';
  return unit === 'seconds' ? duration(value) : String(value);
}

function clock(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}
