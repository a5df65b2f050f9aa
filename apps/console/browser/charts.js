import { freshened } from './fresh.js';
import uPlot from './uplot.js';

/**
 * @typedef {{ name: string, tone: string, unit: 'count' | 'seconds', values: (number | null)[] }} Series
 * @typedef {{ name: string, title: string, series: Series[] }} Figure
 * @typedef {{ at: number[], figures: Figure[] }} History
 */

const heightPx = 190;
/** More would be wider than a phone. */
const narrowPx = 420;

/**
 * Draws the figures of the page, and again whenever the page is freshened. There is one plot for each figure: it is put
 * into the new page when the old one is taken away, and destroyed when its figure is gone or another one takes its place.
 *
 * @param {HTMLElement} main
 */
export function keepFigures(main) {
  /** @type {Map<string, { plot: uPlot, shape: string }>} */
  const plots = new Map();
  /** @type {History | null} */
  let last = null;
  let asking = new AbortController();

  async function show() {
    moveIntoPlace();
    asking.abort();
    asking = new AbortController();
    const said = await askFor(main, asking.signal);
    // What nobody answered leaves the figures as they are.
    if (said === null) return;
    last = said;
    drawAll();
  }

  /** The page is new, and the plots are not. */
  function moveIntoPlace() {
    for (const [name, { plot }] of plots) {
      const place = placeOf(main, name);
      if (place === null) forget(name);
      else if (plot.root.parentElement !== place) place.replaceChildren(plot.root);
    }
  }

  function drawAll() {
    if (last === null) return;
    for (const figure of last.figures) draw(figure, last.at);
  }

  /** @param {Figure} figure @param {number[]} at */
  function draw(figure, at) {
    const place = placeOf(main, figure.name);
    const shape = JSON.stringify([figure.title, ...figure.series.map(({ name, tone, unit }) => [name, tone, unit])]);
    const known = plots.get(figure.name);
    const data = drawnOver(at, figure.series);
    if (known?.shape === shape && place !== null) return known.plot.setData(data);
    forget(figure.name);
    if (place === null || figure.series.length === 0) return;
    plots.set(figure.name, { shape, plot: new uPlot(optionsFor(figure, place), data, place) });
  }

  /** @param {string} name */
  function forget(name) {
    plots.get(name)?.plot.destroy();
    plots.delete(name);
  }

  function resize() {
    for (const [name, { plot }] of plots) {
      const width = placeOf(main, name)?.clientWidth;
      if (width && width !== plot.width) plot.setSize({ width, height: heightPx });
    }
  }

  /** Plots have the colours of the page from when they were made. */
  function recolour() {
    for (const name of [...plots.keys()]) forget(name);
    drawAll();
  }

  document.addEventListener(freshened, () => void show());
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
  new ResizeObserver(resize).observe(main);
  void show();
}

/**
 * @param {HTMLElement} main
 * @param {AbortSignal} signal
 * @returns {Promise<History | null>}
 */
async function askFor(main, signal) {
  const path = /** @type {HTMLElement | null} */ (main.querySelector('[data-figures]'))?.dataset.figures;
  if (path === undefined) return null;
  try {
    const answer = await fetch(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    // Read in any case: the browser holds on to an answer that nobody has read.
    const text = await answer.text();
    return answer.ok ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/**
 * A bucket is drawn from its beginning to the next one's, and the last one to its own end.
 *
 * @param {number[]} at
 * @param {Series[]} series
 * @returns {uPlot.AlignedData}
 */
function drawnOver(at, series) {
  const [before = 0, last = 0] = at.slice(-2);
  return [[...at, last + (last - before)], ...series.map(({ values }) => [...values, values.at(-1) ?? null])];
}

/**
 * @param {HTMLElement} main
 * @param {string} name
 * @returns {HTMLElement | null}
 */
function placeOf(main, name) {
  return main.querySelector(`[data-figure="${name}"]`);
}

/**
 * @param {Figure} figure
 * @param {HTMLElement} place
 * @returns {uPlot.Options}
 */
function optionsFor({ series }, place) {
  const ink = colourOf(place, 'soft');
  const grid = { stroke: colourOf(place, 'line'), width: 1 };
  const steps = uPlot.paths.stepped?.({ align: 1 });
  const hasSeconds = series.some(({ unit }) => unit === 'seconds');
  return {
    width: place.clientWidth,
    height: heightPx,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { time: true }, count: { range: fromNought }, seconds: { range: fromNought } },
    axes: [
      {
        stroke: ink,
        grid,
        ticks: grid,
        values: (_plot, splits, _axis, _space, step) => splits.map((at) => clock(at, step)),
      },
      {
        stroke: ink,
        grid,
        ticks: grid,
        scale: 'count',
        size: place.clientWidth < narrowPx ? 45 : 60,
        incrs: wholeSteps,
        values: (_plot, splits) => splits.map(short),
      },
      ...(hasSeconds
        ? [
            {
              stroke: ink,
              grid: { show: false },
              ticks: grid,
              scale: 'seconds',
              side: /** @type {1} */ (1),
              size: 55,
              incrs: timeSteps,
              values: (/** @type {uPlot} */ _plot, /** @type {number[]} */ splits) => splits.map(duration),
            },
          ]
        : []),
    ],
    series: [
      {
        label: 'from (UTC)',
        value: (_plot, at) => (at === null ? '-' : new Date(at * 1_000).toISOString().slice(0, 16).replace('T', ' ')),
      },
      ...series.map(({ name, tone, unit }) => ({
        label: name,
        scale: unit,
        stroke: colourOf(place, tone),
        width: 1.5,
        ...(steps && { paths: steps }),
        points: { show: false },
        value: (/** @type {uPlot} */ _plot, /** @type {number | null} */ value) =>
          value === null ? '-' : unit === 'seconds' ? duration(value) : String(value),
      })),
    ],
  };
}

/** A canvas knows nothing of custom properties, so the browser is asked what one comes to. @param {HTMLElement} place @param {string} tone */
function colourOf(place, tone) {
  const probe = document.createElement('span');
  probe.style.color = `var(--${tone})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** @param {uPlot} _plot @param {number} _least @param {number} most @returns {[number, number]} */
function fromNought(_plot, _least, most) {
  return [0, Math.max(1, (most ?? 0) * 1.05)];
}

const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();
const timeSteps = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/** @param {number} at @param {number} step */
function clock(at, step) {
  const said = new Date(at * 1_000).toISOString();
  const isDay = said.slice(11, 16) === '00:00';
  return step >= 86_400 || isDay ? said.slice(5, 10) : said.slice(11, 16);
}

/** @param {number} n */
function short(n) {
  if (n >= 1e6) return `${n / 1e6} M`;
  return n >= 1e4 ? `${n / 1e3} k` : String(n);
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 8_640) / 10} d`;
}
