import { assetPath } from '../assets/assets.ts';
import { type Html, html } from './html.ts';
import { ownReloadOf } from './own-reload.ts';

interface Page {
  title: string;
  header?: Html;
  main: Html;
  /** Its own address, when it shows what changes by itself: it is then kept fresh. */
  live?: string;
}

/** How often a page is asked for again. Without scripts the browser does it by loading the whole page. */
const freshSeconds = 5;

/** A whole page: styles, scripts and the icon are files of our own, and nothing else may be loaded (`security-headers.ts`). */
export function page({ title, header, main, live }: Page): string {
  const reload = live === undefined ? null : ownReloadOf(live);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${assetPath('uplot.css')}"><link rel="stylesheet" href="${assetPath('console.css')}">
${reload === null ? null : html`<noscript><meta http-equiv="refresh" content="${freshSeconds}; url=${reload}"></noscript>`}
<script type="module" src="${assetPath('console.js')}"></script>
</head>
<body>${header ?? null}<main${reload === null ? null : html` data-live="${reload}" data-fresh-seconds="${freshSeconds}"`}>${main}</main>
<p id="stale" class="bad" role="status" hidden></p></body>
</html>
`.html;
}
