/** How far back a chart looks, by the word that stands in its address. Buckets begin on the clock, in UTC. */
export const historySpans = {
  '1h': { name: 'last hour', bucketSeconds: 60, buckets: 60, from: 'minute' },
  '6h': { name: 'last 6 hours', bucketSeconds: 300, buckets: 72, from: 'minute' },
  '24h': { name: 'last 24 hours', bucketSeconds: 900, buckets: 96, from: 'minute' },
  '7d': { name: 'last 7 days', bucketSeconds: 3_600, buckets: 168, from: 'hour' },
  '30d': { name: 'last 30 days', bucketSeconds: 21_600, buckets: 120, from: 'hour' },
} as const satisfies Record<string, HistorySpan>;

interface HistorySpan {
  name: string;
  bucketSeconds: number;
  buckets: number;
  /** Minutes are kept for two days, hours for forty. */
  from: 'minute' | 'hour';
}

export type HistorySpanWord = keyof typeof historySpans;

export const historySpanWords = Object.keys(historySpans) as HistorySpanWord[];

/** Whatever stands in an address; what is no span is the last hour. */
export function historySpanOf(word: unknown): HistorySpanWord {
  return historySpanWords.find((known) => known === word) ?? '1h';
}
