import { keepFresh } from './fresh.js';

const main = document.querySelector('main');
const stale = document.getElementById('stale');
if (main?.dataset.live && stale) keepFresh(main, stale);
if (main?.querySelector('[data-figures]')) void import('./charts.js').then(({ keepFigures }) => keepFigures(main));
