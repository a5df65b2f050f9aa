import type { HistoryBucket } from '@pombo/db/history.ts';
import { type HistorySpanWord, historySpans } from '@pombo/domain/history-span.ts';
import { duration } from '../page/moment.ts';

/** One line of a figure. */
export interface Series {
  name: string;
  /** A colour of `console.css`. */
  tone: string;
  unit: 'count' | 'seconds';
  /** One for each bucket; null: nobody looked. */
  values: readonly (number | null)[];
}

/** What one figure draws, and its table says. `browser/charts.js` reads it as JSON. */
export interface Figure {
  name: 'messages' | 'waiting' | 'outcomes' | 'errors';
  title: string;
  series: readonly Series[];
}

/** Colours for what has none of its own, and so many classes have a line to themselves. */
const plainTones = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'] as const;

/** The figures of a history, all over the same buckets. Pure. */
export function figuresOf(history: readonly HistoryBucket[], span: HistorySpanWord): Figure[] {
  const each = `per ${bucketWord(span)}`;
  const total = (prefix: string) => history.map(({ counts }) => sumOf(counts, prefix));
  const counted = (what: string) => history.map(({ counts }) => counts[what] ?? 0);
  const count = (name: string, tone: string, values: Series['values']): Series => ({
    name,
    tone,
    unit: 'count',
    values,
  });
  return [
    {
      name: 'messages',
      title: `Messages in and out, ${each}`,
      series: [count('accepted', 'c1', total('accepted ')), count('settled', 'c2', total('settled '))],
    },
    {
      name: 'waiting',
      title: 'Backlog, and the age of the oldest message',
      series: [
        count(
          'backlog',
          'c1',
          history.map(({ sample }) => sample?.backlog ?? null),
        ),
        {
          name: 'oldest',
          tone: 'c3',
          unit: 'seconds',
          values: history.map(({ sample }) => sample?.oldestAgeSeconds ?? null),
        },
      ],
    },
    {
      name: 'outcomes',
      title: `Outcomes, ${each}`,
      series: [
        count('OK', 'good', counted('settled OK')),
        count('ERROR', 'bad', counted('settled ERROR')),
        count('CANCELED', 'c5', counted('settled CANCELED')),
        count('became unknown', 'wait', counted('unknown')),
      ],
    },
    { name: 'errors', title: `Calls that did not send, by error class, ${each}`, series: errorSeries(history) },
  ];
}

/** How long a bucket is, in words. */
export function bucketWord(span: HistorySpanWord): string {
  const { bucketSeconds } = historySpans[span];
  return { 60: 'minute', 3600: 'hour' }[bucketSeconds as number] ?? duration(bucketSeconds);
}

/** The most frequent classes, and all others together. */
function errorSeries(history: readonly HistoryBucket[]): Series[] {
  const totals = new Map<string, number>();
  for (const { counts } of history) {
    for (const [what, n] of Object.entries(counts)) {
      if (what.startsWith(errorPrefix)) totals.set(what, (totals.get(what) ?? 0) + n);
    }
  }
  const classes = [...totals].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([what]) => what);
  const named = classes.length > plainTones.length ? classes.slice(0, plainTones.length - 1) : classes;
  const rest = classes.slice(named.length);
  const series = named.map(
    (what, at): Series => ({
      name: what.slice(errorPrefix.length).replaceAll('_', ' '),
      tone: plainTones[at] ?? 'soft',
      unit: 'count',
      values: history.map(({ counts }) => counts[what] ?? 0),
    }),
  );
  if (rest.length === 0) return series;
  const others = history.map(({ counts }) => rest.reduce((sum, what) => sum + (counts[what] ?? 0), 0));
  return [...series, { name: 'all others', tone: 'soft', unit: 'count', values: others }];
}

const errorPrefix = 'error ';

function sumOf(counts: HistoryBucket['counts'], prefix: string): number {
  return Object.entries(counts).reduce((sum, [what, n]) => sum + (what.startsWith(prefix) ? n : 0), 0);
}
