import { type Html, html } from './html.ts';
import { viewAddress } from './view-address.ts';

interface Paged {
  path: string;
  /** What the list is filtered by. */
  filter: Readonly<Record<string, string | null>>;
  /** The key of the last one of the page before this; null on the first page. */
  before: string | null;
  /** The key of the last one on this page; null when there are no more. */
  last: string | null;
}

/** The way through a list that is shown newest first, a page at a time. */
export function pager({ path, filter, before, last }: Paged): Html | null {
  if (before === null && last === null) return null;
  return html`<nav class="pages" aria-label="Pages">${before === null ? null : html`<a href="${viewAddress(path, filter)}">Newest</a>`}${last === null ? null : html`<a rel="next" href="${viewAddress(path, { ...filter, before: last })}">Older</a>`}</nav>`;
}
