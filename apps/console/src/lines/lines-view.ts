import type { LineFilter, LineReport } from '@pombo/db/line-report.ts';
import { type LineStandingWord, lineStandings } from '@pombo/domain/line-standing.ts';
import { inOrder, type LineOrder, lineOrders } from './line-order.ts';

/** What somebody wants to see of the lines, as it stands in the address. */
export interface LinesView extends LineFilter {
  standing: LineStandingWord | null;
  order: LineOrder;
  /** The first is 1. */
  page: number;
}

export interface LinesPart {
  lines: LineReport[];
  /** How many there are on all pages. */
  found: number;
  /** The page shown: the last one where there are not as many as were asked for. */
  page: number;
  pages: number;
}

const linesPerPage = 100;

/** Whatever is not understood is as if it were not there. Pure. */
export function readLinesView(query: unknown): LinesView {
  const said = (name: string) => textOf(query, name).trim();
  const standing = lineStandings.find((word) => word === said('standing')) ?? null;
  const order = said('order');
  return {
    customerId: /^[1-9]\d{0,17}$/.test(said('customer')) ? said('customer') : null,
    text: said('text').replaceAll('\0', '').slice(0, 200),
    standing,
    order: isOrder(order) ? order : 'look',
    page: /^[1-9]\d{0,5}$/.test(said('page')) ? Number(said('page')) : 1,
  };
}

/** The address of a view: only what differs from the ordinary one. Pure. */
export function linesPath({ customerId, text, standing, order, page }: LinesView): string {
  const query = new URLSearchParams();
  if (standing !== null) query.set('standing', standing);
  if (customerId !== null) query.set('customer', customerId);
  if (text !== '') query.set('text', text);
  if (order !== 'look') query.set('order', order);
  if (page > 1) query.set('page', String(page));
  const said = query.toString();
  return said === '' ? '/lines' : `/lines?${said}`;
}

/** One page of the lines that were found. Pure. */
export function partOf(lines: readonly LineReport[], { standing, order, page }: LinesView): LinesPart {
  const there = lines.filter((line) => standing === null || line.standing.word === standing);
  const pages = Math.max(1, Math.ceil(there.length / linesPerPage));
  const shown = Math.min(page, pages);
  const from = (shown - 1) * linesPerPage;
  return { lines: inOrder(there, order).slice(from, from + linesPerPage), found: there.length, page: shown, pages };
}

function isOrder(word: string): word is LineOrder {
  return Object.hasOwn(lineOrders, word);
}

function textOf(query: unknown, name: string): string {
  const value = typeof query === 'object' && query !== null ? (query as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : '';
}
