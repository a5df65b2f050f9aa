import type { HistoryBucket } from '@pombo/db/history.ts';
import { expect, it } from 'vitest';
import { bucketWord, figuresOf } from './figures.ts';

const sample = {
  backlog: 5,
  releasedNow: 0,
  releasedBulk: 0,
  oldestAgeSeconds: 90,
  unknown: 0,
  linesParked: 0,
  workersAlive: 1,
};

function bucket(counts: HistoryBucket['counts'], looked = true): HistoryBucket {
  return { at: new Date(0), counts, sample: looked ? sample : null };
}

function seriesOf(history: readonly HistoryBucket[], figure: string) {
  const { series } = figuresOf(history, '1h').find(({ name }) => name === figure) ?? { series: [] };
  return Object.fromEntries(series.map(({ name, values }) => [name, values]));
}

it('adds up what comes in by every lane and goes out with every outcome', () => {
  const history = [
    bucket({ 'accepted now': 1, 'accepted bulk': 2, 'accepted campaign': 4, unknown: 9 }),
    bucket({ 'settled OK': 1, 'settled ERROR': 2, 'settled CANCELED': 4 }),
  ];
  expect(seriesOf(history, 'messages')).toEqual({ accepted: [7, 0], settled: [0, 7] });
  expect(seriesOf(history, 'outcomes')).toEqual({
    OK: [0, 1],
    ERROR: [0, 2],
    CANCELED: [0, 4],
    'became unknown': [9, 0],
  });
});

it('leaves a gap where nobody looked', () => {
  expect(seriesOf([bucket({}, false), bucket({})], 'waiting')).toEqual({ backlog: [null, 5], oldest: [null, 90] });
});

it('shows the most frequent error classes, and all others together', () => {
  const counts = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`error class_${n}`, n + 1]));
  const series = seriesOf([bucket(counts)], 'errors');
  expect(Object.keys(series)).toEqual(['class 9', 'class 8', 'class 7', 'class 6', 'class 5', 'class 4', 'all others']);
  expect(series['all others']).toEqual([1 + 2 + 3 + 4]);
  expect(
    Object.values(series)
      .flat()
      .reduce((sum: number, n) => sum + (n ?? 0), 0),
  ).toBe(55);
});

it('says how long a bucket is', () => {
  expect((['1h', '6h', '24h', '7d', '30d'] as const).map(bucketWord)).toEqual([
    'minute',
    '5 min',
    '15 min',
    'hour',
    '6 h',
  ]);
});
