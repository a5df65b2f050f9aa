import type { Found, FoundMessage } from '@pombo/db/message-search.ts';
import { mostLookedAt } from '@pombo/db/search-lead.ts';
import { authorise } from '@pombo/domain/authorise.ts';
import { kindsFor } from '@pombo/domain/bulk-action.ts';
import type { MessageState } from '@pombo/domain/delivery-state.ts';
import { bulkWords } from '../bulk-actions/bulk-words.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { type AskedFields, addressOf } from './search-fields.ts';
import { searchForm } from './search-form.ts';
import { stateTones } from './state-tones.ts';

export interface MessagesPage {
  visitor: Visitor;
  asked: AskedFields;
  state: MessageState | null;
  /** What could not be understood; nothing was searched for then. */
  faults: readonly string[];
  /** Null: nothing was searched for. */
  found: Found<FoundMessage> | null;
  /** Not the first page. */
  before: string | null;
}

export function messagesPage({ visitor, asked, state, faults, found, before }: MessagesPage): string {
  const address = addressOf('/messages', asked);
  return framed({
    visitor,
    room: 'messages',
    title: 'messages',
    ...(before === null && found !== null ? { live: address } : {}),
    body: html`<h1>Messages</h1>
${searchForm(asked)}
${faults.map((fault) => html`<p class="bad" role="alert">${fault}</p>`)}
${found === null ? null : html`${toAll(visitor, asked, state)}${list(found)}${onward(asked, found, before)}`}`,
  });
}

function toAll(visitor: Visitor, asked: AskedFields, state: MessageState | null): Html | null {
  if (!authorise(visitor.role, 'operate')) return null;
  const kinds = kindsFor(state);
  if (kinds.length === 0)
    return html`<p class="soft">To do something to all of them, search for a state: ERROR or CANCELED to replay, backlog or released to cancel, unknown to settle.</p>`;
  return html`<p class="row"><span>To all of them:</span> ${kinds.map((kind) => html`<a class="button" href="${addressOf('/bulk-actions/new', asked, { kind })}">${bulkWords[kind].name} …</a> `)}</p>`;
}

function list({ rows }: Found<FoundMessage>): Html {
  if (rows.length === 0) return html`<p class="soft">No message fits.</p>`;
  return html`<div class="scroll"><table>
<thead><tr><th>Message<th>State<th>Line<th>To<th>Type<th>Reference<th>Campaign<th class="number">Code<th>What was said<th>Accepted (UTC)<th>Settled</tr></thead>
<tbody>${rows.map(messageRow)}</tbody>
</table></div>`;
}

function messageRow(message: FoundMessage): Html {
  const { messageId, state, lineId, campaignId } = message;
  return html`<tr><td><a href="/messages/${messageId}">${messageId}</a><td class="${stateTones[state]}">${state}<td><a href="/lines/${lineId}">${lineId}</a><td>${short(message.dest)}<td>${message.type}<td>${short(message.reference ?? '-')}<td>${campaignId === null ? '-' : html`<a href="/campaigns/${campaignId}">${campaignId}</a>`}<td class="number">${message.returnCode ?? '-'}<td>${message.statusDelivery}<td class="time">${clock(message.createdAt)}<td class="time">${message.settledAt === null ? '-' : clock(message.settledAt)}</tr>`;
}

/** Whatever a caller wrote keeps to itself: to its length, and to its direction. */
function short(text: string): Html {
  return html`<bdi class="short" title="${text}">${text}</bdi>`;
}

function onward(asked: AskedFields, { rows, next, isCutShort }: Found<FoundMessage>, before: string | null): Html {
  const address = next === null ? null : addressOf('/messages', asked, { before: next });
  return html`${
    isCutShort && address !== null
      ? html`<p class="notice wait" role="status">The search stopped here: among the next ${mostLookedAt} that one index finds, ${rows.length === 0 ? 'none fits' : `only ${rows.length} fit`}. <a href="${address}">Go on below message ${next ?? ''}</a></p>`
      : null
  }
<nav class="pages" aria-label="Pages">${before === null ? null : html`<a href="${addressOf('/messages', asked)}">Newest</a>`}${address === null || isCutShort ? null : html`<a href="${address}" rel="next">Older</a>`}</nav>`;
}
