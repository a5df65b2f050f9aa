import { formToken } from '../sign-in/form-token.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

/** The rooms of the console, in the order of its menu. */
const rooms = {
  overview: { path: '/', name: 'Overview' },
  lines: { path: '/lines', name: 'Lines' },
  messages: { path: '/messages', name: 'Messages' },
  bulkActions: { path: '/bulk-actions', name: 'Bulk actions' },
  campaigns: { path: '/campaigns', name: 'Campaigns' },
  queues: { path: '/queues', name: 'Queues' },
  audit: { path: '/audit', name: 'Audit' },
} as const satisfies Record<string, { path: string; name: string }>;

export type Room = keyof typeof rooms;

export interface Framed {
  visitor: Visitor;
  /** Where in the menu the page belongs. */
  room: Room;
  title: string;
  body: Html;
  /** Its own address, when it shows what changes by itself: it is then kept fresh. */
  live?: string;
}

/** A page for operators: the menu, who is here, and what the page has to say. */
export function framed({ visitor, room, title, body, live }: Framed): string {
  return page({
    title: `Pombo: ${title}`,
    ...(live === undefined ? {} : { live }),
    header: html`<header><a class="brand" href="/">Pombo</a>
<nav aria-label="Rooms">${Object.entries(rooms).map(([key, { path, name }]) => html`<a href="${path}"${key === room ? html` aria-current="page"` : null}>${name}</a>`)}</nav>
<form method="post" action="/sign-out">${formToken(visitor.sessionId)}<span>${visitor.name} <span class="soft">${visitor.role}</span></span> <button>Sign out</button></form></header>`,
    main: body,
  });
}
