import { errorClasses } from '@pombo/graph/error-class.ts';
import { type Html, html } from '../page/html.ts';
import { type AskedFields, messageStates, type SearchField } from './search-fields.ts';

/** What a search asks for: an address that can be shared, so it is a form that is got. */
export function searchForm(asked: AskedFields): Html {
  return html`<form method="get" action="/messages" class="row search" role="search">
${text('id', 'Message', asked)}${text('msg_id', "Caller's reference", asked)}${text('dest', 'PSID', asked)}${text('mid', 'Meta id', asked)}
${text('line', 'Line', asked)}${text('campaign', 'Campaign', asked)}
${choice('state', 'State', messageStates, asked)}${choice('class', 'Error class', errorClasses, asked)}
${time('from', 'Accepted from (UTC)', asked)}${time('until', 'Accepted before (UTC)', asked)}
<button>Search</button> <a href="/messages">All messages</a></form>`;
}

function text(field: SearchField, label: string, asked: AskedFields): Html {
  return html`<span class="field"><label for="${field}">${label}</label><input id="${field}" name="${field}" value="${asked[field] ?? ''}" autocomplete="off" spellcheck="false"></span>`;
}

function choice(field: SearchField, label: string, words: readonly string[], asked: AskedFields): Html {
  const options = words.map((word) => html`<option${asked[field] === word ? html` selected` : null}>${word}</option>`);
  return html`<span class="field"><label for="${field}">${label}</label><select id="${field}" name="${field}"><option value="">any</option>${options}</select></span>`;
}

/** The browser's field takes no zone; what stands in it is UTC. */
function time(field: SearchField, label: string, asked: AskedFields): Html {
  const value = (asked[field] ?? '').replace(/Z$/, '').replace(/^(.{10})$/, '$1T00:00');
  return html`<span class="field"><label for="${field}">${label}</label><input id="${field}" name="${field}" type="datetime-local" step="1" value="${value}"></span>`;
}
