import type { ListedCampaign } from '@pombo/db/campaigns.ts';
import { type Html, html } from '../page/html.ts';

/** Whose campaign it is. What others wrote is kept to itself: it may run from right to left. */
export function customerOf({ customerId, customerName }: ListedCampaign): Html {
  return html`${customerId} <bdi class="soft">${customerName}</bdi>`;
}

/** Over which line it is sent. */
export function lineOf({ lineId, lineName }: ListedCampaign): Html {
  return html`<a href="/lines/${lineId}">${lineId}</a> <bdi class="soft">${lineName}</bdi>`;
}
