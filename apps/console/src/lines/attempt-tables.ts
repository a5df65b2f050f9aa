import type { LineAttempt } from '@pombo/db/line-attempts.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import { type MixPart, mixOf } from './attempt-mix.ts';

const attemptsShown = 25;

const tones = {
  sent: 'good',
  throttled: 'wait',
  unavailable: 'wait',
  unknown: 'wait',
  withheld: 'soft',
  refused: 'bad',
  asset_gone: 'bad',
  line_down: 'bad',
} as const satisfies Record<NonNullable<LineAttempt['outcome']>, string>;

/** How the latest attempts ended, and the last of them one by one. */
export function attemptTables(attempts: readonly LineAttempt[]): Html {
  if (attempts.length === 0) return html`<p class="soft">No attempt was found among its latest messages.</p>`;
  return html`<h2>Its latest attempts (${attempts.length})</h2>
<div class="scroll"><table><thead><tr><th>Outcome<th>Error class<th class="number">Attempts<th class="number">Share</tr></thead>
<tbody>${mixOf(attempts).map((part) => mixRow(part, attempts.length))}</tbody></table></div>
<h2>One by one</h2>
<div class="scroll"><table><thead><tr><th>Message<th>Opened (UTC)<th>Outcome<th>Error class<th class="number">HTTP<th class="number">Code<th class="number">ms<th>What Graph said</tr></thead>
<tbody>${attempts.slice(0, attemptsShown).map(attemptRow)}</tbody></table></div>`;
}

function mixRow({ outcome, errorClass, count }: MixPart, all: number): Html {
  return html`<tr><td>${outcomeWord(outcome)}<td>${errorClass ?? '-'}<td class="number">${count}<td class="number">${((100 * count) / all).toFixed(1)} %</tr>`;
}

function attemptRow(attempt: LineAttempt): Html {
  const { messageId, number, openedAt, outcome, errorClass, httpStatus, code, subcode, totalMs, text } = attempt;
  const codes = [code, subcode].filter((one) => one !== null).join('/') || '-';
  // The answer to a call that went well is only an id.
  const said = outcome === 'sent' ? null : text;
  return html`<tr><td><a href="/messages/${messageId}">${messageId}</a>${number > 1 ? html` <span class="soft">attempt ${number}</span>` : null}<td class="time">${clock(openedAt)}<td>${outcomeWord(outcome)}<td>${errorClass ?? '-'}<td class="number">${httpStatus || '-'}<td class="number">${codes}<td class="number">${totalMs ?? '-'}<td><bdi class="sentence">${said}</bdi></tr>`;
}

function outcomeWord(outcome: LineAttempt['outcome']): Html {
  return outcome === null
    ? html`<span class="soft">open</span>`
    : html`<span class="${tones[outcome]}">${outcome}</span>`;
}
