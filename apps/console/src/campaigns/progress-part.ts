import type { CampaignProgress } from '@pombo/db/campaign-progress.ts';
import { stillToGo } from '@pombo/domain/campaign-eta.ts';
import type { RecipientState } from '@pombo/domain/campaign-state.ts';
import { grouped, percentOf } from '../page/figures.ts';
import { type Html, html } from '../page/html.ts';

/** What is said of recipients in each state, and the tone of their part of the bar; in the order of both. */
const kinds = {
  sent: { tone: 'good', meaning: 'Graph took the message' },
  failed: { tone: 'bad', meaning: 'refused, or given up unsent' },
  unknown: { tone: 'wait', meaning: 'nobody knows whether it arrived' },
  invalid: { tone: 'bad', meaning: 'no message could be made' },
  excluded: { tone: 'soft', meaning: 'on the exclusion list of the customer' },
  canceled: { tone: 'soft', meaning: 'taken back unsent' },
  sending: { tone: 'go', meaning: 'the call to Graph is open' },
  queued: { tone: 'go', meaning: 'its message waits for its turn' },
  waiting: { tone: 'none', meaning: 'on the list, no message yet' },
} as const satisfies Record<RecipientState, { tone: string; meaning: string }>;

/** How far it is: a bar, and in words and numbers what the bar shows. The numbers add up. */
export function progressPart({ counts, recipients }: CampaignProgress): Html {
  const handled = recipients - stillToGo(counts);
  const sentence = `${percentOf(handled, recipients)} handled: ${grouped(handled)} of ${grouped(recipients)} recipients`;
  const rows = Object.entries(kinds).map(([state, { tone, meaning }]) => {
    const count = counts[state as RecipientState];
    return html`<tr><td><span class="key ${tone}"></span>${state}<td class="soft">${meaning}<td class="number">${grouped(count)}<td class="number">${percentOf(count, recipients)}</tr>`;
  });
  return html`<p>${sentence}</p>
${bar(counts, recipients, sentence)}
<div class="scroll"><table>
<thead><tr><th>Recipients<th>Meaning<th class="number">Number<th class="number">Share</tr></thead>
<tbody>${rows}</tbody>
<tfoot><tr><th>together<td><th class="number">${grouped(recipients)}<th class="number">${recipients === 0 ? '-' : '100 %'}</tr></tfoot>
</table></div>`;
}

const barWidth = 1000;

/** Drawn, because our policy lets no page say a width by a style. */
function bar(counts: CampaignProgress['counts'], recipients: number, sentence: string): Html {
  let from = 0;
  const parts = Object.entries(kinds).map(([state, { tone }]) => {
    const width = recipients === 0 ? 0 : (barWidth * counts[state as RecipientState]) / recipients;
    const part = html`<rect class="${tone}" x="${from.toFixed(2)}" width="${width.toFixed(2)}" height="10"></rect>`;
    from += width;
    return part;
  });
  return html`<svg class="bar" viewBox="0 0 ${barWidth} 10" preserveAspectRatio="none" role="img" aria-label="${sentence}">${parts}</svg>`;
}
