import type { Customer } from '@pombo/db/customers.ts';
import { lineStandings } from '@pombo/domain/line-standing.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock } from '../page/moment.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { lineOrders } from './line-order.ts';
import { lineTable } from './line-table.ts';
import { type LinesPart, type LinesView, linesPath } from './lines-view.ts';

export interface LinesPageParts {
  visitor: Visitor;
  view: LinesView;
  part: LinesPart;
  customers: readonly Customer[];
}

/** The lines that were asked for, a page of them. */
export function linesPage({ visitor, view, part, customers }: LinesPageParts, now: Date): string {
  const { lines, found } = part;
  return framed({
    visitor,
    room: 'lines',
    title: 'lines',
    live: linesPath(view),
    body: html`<h1>Lines</h1>
${filterForm(view, customers)}
<p class="soft">${found === 1 ? '1 line' : `${found} lines`}, as of ${clock(now)} UTC. Used: turns a second, a mean over the last one to two minutes.</p>
${found === 0 ? html`<p>No line is like that. <a href="/lines">All lines</a></p>` : lineTable(lines)}
${pageLinks(view, part)}`,
  });
}

function filterForm({ standing, customerId, text, order }: LinesView, customers: readonly Customer[]): Html {
  const orders = Object.entries(lineOrders).map(([word, { name }]) => choice(word, name, word === order));
  const standings = lineStandings.map((word) => choice(word, word, word === standing));
  const owners = customers.map((one) =>
    choice(one.customerId, shortened(`${one.customerId} ${one.name}`), one.customerId === customerId),
  );
  return html`<form class="row" method="get" action="/lines">
<div class="field"><label for="text">Name, page id or number</label><input id="text" name="text" value="${text}" maxlength="200"></div>
<div class="field"><label for="standing">Standing</label><select id="standing" name="standing"><option value="">any</option>${standings}</select></div>
<div class="field"><label for="customer">Customer</label><select id="customer" name="customer"><option value="">any</option>${owners}</select></div>
<div class="field"><label for="order">Order</label><select id="order" name="order">${orders}</select></div>
<button>Show</button> <a href="/lines">All lines</a></form>`;
}

function choice(value: string, name: string, chosen: boolean): Html {
  return html`<option value="${value}"${chosen ? html` selected` : null}>${name}</option>`;
}

/** A list of choices is as wide as its longest. */
function shortened(name: string): string {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}

function pageLinks(view: LinesView, { page, pages }: LinesPart): Html | null {
  if (pages === 1) return null;
  const before = linesPath({ ...view, page: page - 1 });
  const after = linesPath({ ...view, page: page + 1 });
  return html`<nav class="pages" aria-label="Pages">${page > 1 ? html`<a href="${before}" rel="prev">Before</a>` : null}
<span>Page ${page} of ${pages}</span>
${page < pages ? html`<a href="${after}" rel="next">Next</a>` : null}</nav>`;
}
