import type { BulkKind } from '@pombo/domain/bulk-action.ts';
import { type AskedFields, addressOf } from '../messages/search-fields.ts';
import { framed } from '../page/frame.ts';
import { html } from '../page/html.ts';
import { formToken } from '../sign-in/form-token.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { askedFacts } from './asked-facts.ts';
import { bulkWords } from './bulk-words.ts';

export interface Preview {
  visitor: Visitor;
  kind: BulkKind;
  asked: AskedFields;
  counted: { count: number; isAll: boolean };
  /** Of this form, so that it orders the action once, however often it is sent. */
  form: string;
}

/** What is about to be done, to how many. Nothing has been done yet. */
export function previewPage({ visitor, kind, asked, counted, form }: Preview): string {
  const words = bulkWords[kind];
  const hidden = Object.entries({
    ...asked,
    kind,
    order: form,
    counted: String(counted.count),
    all: String(counted.isAll),
  });
  return framed({
    visitor,
    room: 'bulkActions',
    title: `${words.name} all`,
    body: html`<h1>${words.name}: ${howMany(counted)}</h1>
<p>${words.meaning}</p>
<h2>Which</h2>
${askedFacts(asked)}
<p><a href="${addressOf('/messages', asked)}">Look at them</a></p>
<p class="soft">It is done to what fits when you confirm; what is accepted later is not meant. A worker does it in batches, the newest first, and asks each message once more before. You can stop it.</p>
${
  counted.count === 0 && counted.isAll
    ? html`<p class="notice">No message fits, so there is nothing to do.</p>`
    : html`<form method="post" action="/bulk-actions" class="row">${formToken(visitor.sessionId)}
${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button class="danger">${words.order}</button> <a href="${addressOf('/messages', asked)}">No, go back</a></form>`
}`,
  });
}

export function howMany({ count, isAll }: { count: number; isAll: boolean }): string {
  const messages = count === 1 ? 'message' : 'messages';
  return isAll ? `${count} ${messages}` : `more than ${count} ${messages} (the count stopped there)`;
}
