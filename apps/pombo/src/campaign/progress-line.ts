import { grouped, type Progress, pendingOf, percentOf } from './progress.ts';

const narrowestBar = 10;
const widestBar = 40;
/** So many pieces of a line matter more than the bar: how far it is, and how it went. */
const morePrecious = 4;

/**
 * A campaign's progress as one line, never wider than `columns`: what matters least is left out first, and the bar
 * takes what room remains.
 */
export function progressLine(progress: Progress, now: Date, columns: number): string {
  const pieces = [`${String(percentOf(progress)).padStart(3)} %`, ...piecesOf(progress, now)];
  const besideBar = beginning(pieces, columns - narrowestBar - '[] '.length, morePrecious);
  if (besideBar === null) return cut(beginning(pieces, columns, 1) ?? '', columns);
  const room = Math.min(columns - widthOf(besideBar) - '[] '.length, widestBar);
  return `[${bar(progress, room)}] ${besideBar}`;
}

/** As many pieces as there is room for, but not fewer than `fewest`; null when there is no room for these. */
function beginning(pieces: readonly string[], columns: number, fewest: number): string | null {
  for (let count = pieces.length; count >= fewest; count -= 1) {
    const words = pieces.slice(0, count).join('  ');
    if (widthOf(words) <= columns) return words;
  }
  return null;
}

/** The same for a file or a pipe, where lines follow one another. */
export function progressSentence(progress: Progress, now: Date): string {
  const percent = `${percentOf(progress)} % of ${grouped(progress.recipients)}`;
  return [now.toISOString().slice(11, 19), progress.state, percent, ...piecesOf(progress, now)].join('  ');
}

/** What is said of a campaign, from the most to the least important. */
function piecesOf({ state, because, counts, rate_now, eta }: Progress, now: Date): string[] {
  const rests = state !== 'running' && state !== 'finishing';
  return [
    ...(rests || because !== null ? [because === null ? state : `${state}: ${because}`] : []),
    `sent ${grouped(counts.sent)}`,
    `failed ${grouped(counts.failed)}`,
    `unknown ${grouped(counts.unknown)}`,
    ...(rests ? [] : [`${rate_now.toFixed(1)}/s`]),
    ...(eta === null || rests ? [] : [`${remaining(new Date(eta).getTime() - now.getTime())} left`]),
    `waiting ${grouped(pendingOf(counts))}`,
  ];
}

/** How long, in the two words a person would use. */
export function remaining(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

function bar(progress: Progress, width: number): string {
  const { recipients, counts } = progress;
  const full = recipients === 0 ? 0 : Math.floor((width * (recipients - pendingOf(counts))) / recipients);
  return '#'.repeat(full).padEnd(width, '.');
}

/** In characters, so that half of one is never written. */
function widthOf(text: string): number {
  return [...text].length;
}

function cut(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : [...text].slice(0, Math.max(0, columns)).join('');
}
