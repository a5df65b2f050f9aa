import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';
import { ownReloadOf } from './own-reload.ts';

const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 62%, transparent);
  --good: light-dark(#1a7f37, #4ac26b); --bad: light-dark(#b42318, #ff7b72); --wait: light-dark(#9a6700, #d9a441); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: light-dark(#fff, #14161a); color: light-dark(#1b1f24, #e6e8eb); }
header { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); font-size: .85rem; } .number { text-align: right; }
.scroll { overflow-x: auto; } .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); }
.totals { display: flex; flex-wrap: wrap; gap: 2rem; margin: 0; } .totals dd { margin: 0; font-size: 1.6rem; } .totals dt { color: var(--soft); font-size: .85rem; }
header form { display: flex; align-items: baseline; gap: .75rem; flex-wrap: wrap; justify-content: end; } code { font-size: .95em; overflow-wrap: anywhere; }
form.sign-in { max-width: 22rem; margin: 4rem auto; display: grid; gap: .75rem; }
input, button { font: inherit; padding: .5rem .75rem; border-radius: 6px; border: 1px solid var(--line); background: transparent; color: inherit; }
button { cursor: pointer; } header button { padding: .2rem .6rem; }
`;

/** The style is the only thing a page may carry; scripts, frames and foreign hosts are forbidden to it. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const reloadSeconds = 5;

/**
 * A whole page.
 *
 * @param reloads its own address, where it loads itself again every few seconds; null: it stays as it is
 */
export function page(title: string, body: Html, reloads: string | null): string {
  const content = reloads === null ? null : `${reloadSeconds}; url=${ownReloadOf(reloads)}`;
  const refresh = content === null ? null : html`<meta http-equiv="refresh" content="${content}">`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
${refresh}<title>${title}</title><link rel="icon" href="data:,">
<style>${{ html: style }}</style>
</head>
<body>${body}</body>
</html>
`.html;
}
