import { expect, it } from 'vitest';
import { historySpanOf, historySpans, historySpanWords } from './history-span.ts';

const keptSeconds = { minute: 2 * 86_400, hour: 40 * 86_400 };
const finestSeconds = { minute: 60, hour: 3_600 };
const saidSeconds = { '1h': 3_600, '6h': 21_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 };

it.each(historySpanWords)('%s is as long as it says, and made of what is kept so long', (word) => {
  const { bucketSeconds, buckets, from } = historySpans[word];
  expect(bucketSeconds * buckets).toBe(saidSeconds[word]);
  expect(bucketSeconds * buckets).toBeLessThanOrEqual(keptSeconds[from]);
  expect(bucketSeconds % finestSeconds[from]).toBe(0);
});

it('takes whatever stands in an address', () => {
  expect(historySpanOf('7d')).toBe('7d');
  for (const word of [undefined, '', '8d', ['7d'], 'toString', '__proto__']) expect(historySpanOf(word)).toBe('1h');
});
