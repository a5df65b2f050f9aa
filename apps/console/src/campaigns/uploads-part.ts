import type { listUploads } from '@pombo/db/campaign-list.ts';
import { grouped } from '../page/figures.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';

export type Uploads = Awaited<ReturnType<typeof listUploads>>;

/** Where its list came from, and which rows of that were no recipients. */
export function uploadsPart({ uploads, faults }: Uploads): Html {
  if (uploads.length === 0) return html`<p class="soft">Nobody was added to its list yet.</p>`;
  return html`<div class="scroll"><table>
<thead><tr><th>Upload<th>Begun (UTC)<th>Reading<th class="number">Rows<th class="number">Recipients<th class="number">Twice<th class="number">Bad</tr></thead>
<tbody>${uploads.map(uploadRow)}</tbody>
</table></div>
${faults.length === 0 ? null : faultTable(faults)}`;
}

function uploadRow({
  upload,
  rows,
  recipients,
  duplicates,
  bad,
  broken,
  begunAt,
  endedAt,
}: Uploads['uploads'][number]): Html {
  const reading =
    broken === null
      ? endedAt === null
        ? html`under way`
        : html`ended ${clock(endedAt)}`
      : html`<span class="bad">broken off</span>: ${broken}`;
  return html`<tr><td class="name"><bdi>${upload}</bdi><td class="time">${clock(begunAt)}<td class="name why">${reading}<td class="number">${grouped(rows)}<td class="number">${grouped(recipients)}<td class="number">${grouped(duplicates)}<td class="number">${grouped(bad)}</tr>`;
}

function faultTable(faults: Uploads['faults']): Html {
  return html`<h3>Rows that are no recipients <span class="soft">(${faults.length} of the latest uploads)</span></h3>
<div class="scroll"><table>
<thead><tr><th>Upload<th class="number">Row<th>Column<th>Why</tr></thead>
<tbody>${faults.map(({ upload, row, column, because }) => html`<tr><td class="name"><bdi>${upload}</bdi><td class="number">${grouped(row)}<td class="name"><bdi>${column ?? '-'}</bdi><td class="name"><bdi>${because}</bdi></tr>`)}</tbody>
</table></div>`;
}
