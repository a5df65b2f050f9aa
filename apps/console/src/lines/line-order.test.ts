import type { LineReport } from '@pombo/db/line-report.ts';
import { expect, it } from 'vitest';
import { inOrder, type LineOrder } from './line-order.ts';

function line(lineId: string, word: LineReport['standing']['word'], backlog = 0, oldestSeconds: number | null = null) {
  const standing = { word, sentence: '' };
  return { lineId, standing, backlog, oldestSeconds, released: 0, openCalls: 0, unknown: 0 } as LineReport;
}

const lines = [
  line('10', 'open', 5, 2),
  line('9', 'open'),
  line('2', 'inactive', 900, 9),
  line('3', 'parked'),
  line('4', 'slowed', 7, 30),
];

it.each<[LineOrder, string[]]>([
  ['look', ['4', '3', '2', '10', '9']],
  ['backlog', ['2', '4', '10', '3', '9']],
  ['oldest', ['4', '2', '10', '3', '9']],
  ['number', ['2', '3', '4', '9', '10']],
])('%s', (order, ids) => {
  expect(inOrder(lines, order).map(({ lineId }) => lineId)).toEqual(ids);
});
