import type { MessageSurroundings } from '@pombo/db/message-surroundings.ts';
import type { ShownMessage } from '@pombo/db/messages.ts';
import { authorise } from '@pombo/domain/authorise.ts';
import type { ReplayRefusal } from '@pombo/domain/bulk-action.ts';
import { type Html, html } from '../page/html.ts';
import { formToken } from '../sign-in/form-token.ts';
import type { Visitor } from '../sign-in/visitor.ts';

interface Parts {
  visitor: Visitor;
  message: ShownMessage;
  around: MessageSurroundings;
}

/** What may be done to this message now, by whoever may act on messages. */
export function messageActions(parts: Parts): Html | null {
  const { visitor, message } = parts;
  if (!authorise(visitor.role, 'operate')) return null;
  switch (message.delivery?.state) {
    case 'backlog':
    case 'released':
      return html`<section aria-label="Actions">${cancelForm(parts)}</section>`;
    case 'unknown':
      return html`<section aria-label="Actions">${settleForms(parts)}</section>`;
    case 'sending':
      return null;
    case undefined:
      return message.status === 'OK' ? null : html`<section aria-label="Actions">${replayForm(parts)}</section>`;
  }
}

function cancelForm({ visitor, message }: Parts): Html {
  return html`<form method="post" action="/messages/${message.messageId}/cancel" class="row">${formToken(visitor.sessionId)}
<button class="danger">Cancel this message</button> <span class="soft">It ends CANCELED, unless it is handed to Graph before.</span></form>`;
}

/** Open only when somebody wants them: a page that freshens itself leaves what is open alone. */
function settleForms({ visitor, message }: Parts): Html {
  const form = (word: string, inside: Html) =>
    html`<form method="post" action="/messages/${message.messageId}/settle" class="row">${formToken(visitor.sessionId)}<input type="hidden" name="word" value="${word}">${inside}</form>`;
  return html`<details><summary>Say what became of it</summary>
${form('sent', html`<span class="field"><label for="return_id">Meta id, where it is known</label><input id="return_id" name="return_id" maxlength="255" autocomplete="off"></span> <button>It arrived</button>`)}
${form('not_sent', html`<button>It did not arrive</button> <span class="soft">It ends ERROR and is not sent again.</span>`)}
${form('send_again', html`<button class="danger">Send it again</button> <span class="soft">Whether or not it arrived: it may arrive twice.</span>`)}</details>`;
}

function replayForm({ visitor, message, around }: Parts): Html {
  const { replay, replayedAs } = around;
  if (replayedAs !== null)
    return html`<p class="soft">It was replayed as <a href="/messages/${replayedAs}">message ${replayedAs}</a>. If that fails, that one can be replayed.</p>`;
  if (replay !== 'fit' && replay !== 'may_have_arrived')
    return html`<p class="soft">It cannot be replayed: ${replayRefusals[replay]}</p>`;
  return html`<form method="post" action="/messages/${message.messageId}/replay" class="row">${formToken(visitor.sessionId)}
<button${replay === 'fit' ? null : html` class="danger"`}>Replay this message</button> <span class="soft">A new message: the same line, person and content, lane bulk.${
    replay === 'fit'
      ? null
      : html` <strong class="wait">An earlier call of it may have arrived: it may then arrive twice.</strong>`
  }${message.campaignId === null ? null : html` It will not count in its campaign.`}</span></form>`;
}

/** Why a message is not replayed, in sentences. */
export const replayRefusals = {
  not_found: 'There is no such message.',
  not_unsent: 'It has not ended ERROR or CANCELED.',
  already: 'It was replayed before.',
  may_have_arrived: 'An earlier call of it may have arrived.',
  account_inactive: 'Its customer is blocked.',
  line_inactive: 'Its line is deactivated.',
  line_incomplete: 'Its line has no page access token, or no page.',
  campaign_canceled: 'Its campaign was canceled: nothing of it is sent.',
  excluded: 'This person is on the exclusion list of the customer.',
  full: 'The backlog of its line is over its horizon. Try again when there is room.',
} as const satisfies Record<ReplayRefusal, string>;
