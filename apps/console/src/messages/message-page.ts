import type { MessageSurroundings } from '@pombo/db/message-surroundings.ts';
import type { MessageContent, ShownMessage } from '@pombo/db/messages.ts';
import type { MessageState } from '@pombo/domain/delivery-state.ts';
import { type MessageHoldFacts, messageHolds } from '@pombo/domain/message-hold.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock, preciseClock } from '../page/moment.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { messageActions } from './message-actions.ts';
import { addressOf } from './search-fields.ts';
import { stateTones } from './state-tones.ts';
import { type TimelineEvent, timelineOf } from './timeline.ts';

export interface MessagePage {
  visitor: Visitor;
  message: ShownMessage;
  content: MessageContent;
  around: MessageSurroundings;
  notice: Html | null;
}

export function messagePage({ visitor, message, content, around, notice }: MessagePage, now: Date): string {
  const { messageId, delivery } = message;
  const state = stateOf(message);
  return framed({
    visitor,
    room: 'messages',
    title: `message ${messageId}`,
    ...(delivery === null ? {} : { live: `/messages/${messageId}` }),
    body: html`<h1>Message ${messageId} <span class="${stateTones[state]}">${state}</span></h1>
${notice}
${delivery === null ? null : html`<section aria-label="What it waits for">${messageHolds(holdFacts(message, around), now).map((sentence) => html`<p class="notice wait">${sentence}</p>`)}</section>`}
${messageActions({ visitor, message, around })}
<h2>What it is</h2>
${facts(message, around)}
<h2>Content</h2>
<p class="soft">${message.type === 'text' ? 'As the caller sent it.' : 'The address Meta fetches it from. It is not a link here on purpose.'}</p>
<pre class="content" dir="auto">${content.data}</pre>
${content.caption === null ? null : html`<p class="soft">Caption, which is logged and not sent:</p><pre class="content" dir="auto">${content.caption}</pre>`}
<h2>What happened</h2>
<ol class="timeline">${timelineOf(message, around).map(event)}</ol>`,
  });
}

/** Where it is, or how it ended. */
function stateOf({ delivery, status }: ShownMessage): MessageState {
  if (delivery !== null) return delivery.state;
  return status === 'OK' || status === 'CANCELED' ? status : 'ERROR';
}

function holdFacts({ delivery, onUnknown, createdAt }: ShownMessage, around: MessageSurroundings): MessageHoldFacts {
  const { campaign, line, goesFirst } = around;
  const sends = campaign === null || campaign.state === 'running' || campaign.state === 'finishing';
  return {
    state: delivery?.state ?? 'backlog',
    onUnknown,
    dueAt: delivery?.dueAt ?? createdAt,
    leaseUntil: delivery?.leaseUntil ?? null,
    line,
    campaignHold: campaign && (campaign.because ?? (sends ? null : `it is ${campaign.state}.`)),
    goesFirst,
  };
}

function facts(message: ShownMessage, { lineName, campaign, replayOf, replayedAs }: MessageSurroundings): Html {
  const { lineId, dest, reference, campaignId, returnId } = message;
  return html`<dl class="facts">
<dt>To</dt><dd><a href="${addressOf('/messages', { dest })}"><bdi>${dest}</bdi></a></dd>
<dt>Line</dt><dd><a href="/lines/${lineId}">${lineId}</a> <bdi class="soft short" title="${lineName}">${lineName}</bdi></dd>
<dt>Customer</dt><dd>${message.customerId}</dd>
<dt>Type</dt><dd>${message.type}</dd>
${reference === null ? null : html`<dt>Caller's reference</dt><dd><a href="${addressOf('/messages', { msg_id: reference })}"><bdi>${reference}</bdi></a></dd>`}
${campaignId === null ? null : html`<dt>Campaign</dt><dd><a href="/campaigns/${campaignId}">${campaignId}</a> <bdi class="soft short" title="${campaign?.name ?? ''}">${campaign?.name ?? ''}</bdi></dd>`}
${returnId === null ? null : html`<dt>Meta id</dt><dd><code>${returnId}</code></dd>`}
${replayOf === null ? null : html`<dt>Replay of</dt><dd><a href="/messages/${replayOf}">message ${replayOf}</a></dd>`}
${replayedAs === null ? null : html`<dt>Replayed as</dt><dd><a href="/messages/${replayedAs}">message ${replayedAs}</a></dd>`}
<dt>Accepted</dt><dd>${clock(message.createdAt)} UTC</dd>
</dl>`;
}

function event({ at, what, tone, facts }: TimelineEvent): Html {
  return html`<li><p><span class="soft">${at === null ? '' : `${preciseClock(at)} UTC`}</span> <strong class="${tone}">${what}</strong></p>
${facts.length === 0 ? null : html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd><bdi>${value}</bdi></dd>`)}</dl>`}</li>`;
}
