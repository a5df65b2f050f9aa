import type { CampaignStanding } from '@pombo/db/campaign-progress.ts';
import type { CampaignState } from '@pombo/domain/campaign-state.ts';
import { type Html, html } from '../page/html.ts';

/** Colours carry no meaning of their own: the word stands beside them. */
const tones = {
  draft: 'soft',
  scheduled: 'wait',
  running: 'good',
  paused: 'wait',
  stopped: 'bad',
  finishing: 'good',
  finished: 'good',
  canceled: 'soft',
} as const satisfies Record<CampaignState, string>;

/** Where it is, and why; or why it sends nothing though it is to. */
export function stateWord({ state, because }: Pick<CampaignStanding, 'state' | 'because'>): Html {
  if (because === null) return html`<span class="${tones[state]}">${state}</span>`;
  const isToSend = state === 'running' || state === 'finishing';
  return html`<span class="${isToSend ? 'wait' : tones[state]}">${state}${isToSend ? ', but sends nothing' : null}</span><br><bdi class="sentence">${because}</bdi>`;
}
