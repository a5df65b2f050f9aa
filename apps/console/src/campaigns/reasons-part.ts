import type { Reason } from '@pombo/db/campaign-progress.ts';
import { grouped } from '../page/figures.ts';
import { type Html, html } from '../page/html.ts';

/** Why recipients have no message that was sent; the most frequent reason first. */
export function reasonsPart(reasons: readonly Reason[]): Html {
  if (reasons.length === 0) return html`<p class="soft">Nobody was refused.</p>`;
  return html`<div class="scroll"><table>
<thead><tr><th class="number">Recipients<th>State<th>Code<th>Why</tr></thead>
<tbody>${reasons.map(({ state, code, because, count }) => html`<tr><td class="number">${grouped(count)}<td>${state}<td>${code ?? '-'}<td class="name"><bdi>${because}</bdi></tr>`)}</tbody>
</table></div>`;
}
