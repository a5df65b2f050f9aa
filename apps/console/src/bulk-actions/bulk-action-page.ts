import type { BulkAction } from '@pombo/db/bulk-actions.ts';
import { authorise } from '@pombo/domain/authorise.ts';
import type { BulkState, BulkVerdict } from '@pombo/domain/bulk-action.ts';
import { addressOf, askedOf } from '../messages/search-fields.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import { formToken } from '../sign-in/form-token.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { askedFacts } from './asked-facts.ts';
import { bulkWords, verdictWords } from './bulk-words.ts';
import { howMany } from './preview-page.ts';

export const bulkTones = { running: 'wait', finished: 'good', stopped: 'bad' } as const satisfies Record<
  BulkState,
  string
>;

/** How far a bulk action has come. */
export function bulkActionPage(visitor: Visitor, action: BulkAction, notice: Html | null): string {
  const { bulkActionId, kind, state, done, skipped, failed, counted, countedAll, trouble } = action;
  const words = bulkWords[kind];
  const asked = askedOf(action.search);
  return framed({
    visitor,
    room: 'bulkActions',
    title: `bulk action ${bulkActionId}`,
    ...(state === 'running' ? { live: `/bulk-actions/${bulkActionId}` } : {}),
    body: html`<h1>${words.name}, bulk action ${bulkActionId} <span class="${bulkTones[state]}">${state}</span></h1>
${notice}
${trouble === null ? null : html`<p class="notice bad" role="status">${trouble}</p>`}
<dl class="totals"><div><dt>done</dt><dd>${done}</dd></div><div><dt>skipped</dt><dd>${skipped}</dd></div><div><dt>failed</dt><dd>${failed}</dd></div><div><dt>${countedAll ? 'counted before' : 'counted before, at least'}</dt><dd>${counted}</dd></div></dl>
${progress(action)}
${state === 'running' && authorise(visitor.role, 'operate') ? stopForm(visitor, bulkActionId) : null}
<h2>What became of them</h2>
${verdicts(action)}
${gone(action)}
<h2>What was ordered</h2>
<p>${words.meaning}</p>
<dl class="facts"><dt>By</dt><dd><bdi>${action.who}</bdi></dd><dt>Confirmed</dt><dd>${clock(action.confirmedAt)} UTC</dd>
<dt>Ended</dt><dd>${action.endedAt === null ? '-' : `${clock(action.endedAt)} UTC`}</dd><dt>The preview said</dt><dd>${howMany({ count: counted, isAll: countedAll })}</dd><dt>Through message</dt><dd>${action.throughId}</dd></dl>
<h2>Of which messages</h2>
${askedFacts(asked)}
<p><a href="${addressOf('/messages', asked)}">What fits this now</a></p>`,
  });
}

function progress({ state, done, skipped, failed, counted, countedAll }: BulkAction): Html | null {
  if (state !== 'running' || !countedAll || counted === 0) return null;
  const seen = Math.min(counted, done + skipped + failed);
  return html`<p><progress max="${counted}" value="${seen}" aria-label="Progress">${seen} of ${counted}</progress></p>`;
}

function stopForm(visitor: Visitor, bulkActionId: string): Html {
  return html`<form method="post" action="/bulk-actions/${bulkActionId}/stop" class="row">${formToken(visitor.sessionId)}<button class="danger">Stop</button> <span class="soft">What has been done stays done.</span></form>`;
}

function verdicts({ verdicts }: BulkAction): Html {
  const rows = Object.entries(verdicts).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return html`<p class="soft">Nothing yet.</p>`;
  return html`<table class="narrow"><tbody>${rows.map(([verdict, count]) => html`<tr><td class="number">${count}<td>${verdictWords[verdict as BulkVerdict]}</tr>`)}</tbody></table>`;
}

/** What had been counted and was not found any more when its turn came. */
function gone({ state, done, skipped, failed, counted, countedAll }: BulkAction): Html | null {
  const count = counted - done - skipped - failed;
  if (state !== 'finished' || !countedAll || count <= 0) return null;
  return html`<p class="soft">${count} of those counted before had moved on by themselves when their turn came.</p>`;
}
