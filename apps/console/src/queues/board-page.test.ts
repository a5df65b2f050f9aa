import { expect, it } from 'vitest';
import { ownBoardPage } from './board-page.ts';

it('takes out what would be fetched elsewhere, and what our policy forbids', () => {
  const page = `<head><link href="https://fonts.example/css2?family=Plex&display=swap" rel="stylesheet">
<link href="static/css/main.css" rel="stylesheet"></head><div style="color:red">Loading</div><style>@keyframes a{0%{opacity:.2}}</style>
<script defer src="static/js/main.js"></script>`;
  expect(ownBoardPage(page)).toBe(`<head>
<link href="static/css/main.css" rel="stylesheet"></head><div>Loading</div>
<script defer src="static/js/main.js"></script>`);
});
