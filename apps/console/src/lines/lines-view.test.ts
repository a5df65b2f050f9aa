import type { LineReport } from '@pombo/db/line-report.ts';
import { expect, it } from 'vitest';
import { linesPath, partOf, readLinesView } from './lines-view.ts';

it('reads an address and writes it again', () => {
  const query = { standing: 'parked', customer: '7', text: 'a&b ção', order: 'oldest', page: '3' };
  const view = readLinesView(query);
  expect(view).toEqual({ standing: 'parked', customerId: '7', text: 'a&b ção', order: 'oldest', page: 3 });
  expect(Object.fromEntries(new URL(linesPath(view), 'http://x').searchParams)).toEqual(query);
  expect(linesPath(readLinesView({}))).toBe('/lines');
});

it('takes what it does not understand as if it were not there', () => {
  const strange = { standing: 'asleep', customer: '-1', text: ['a'], order: 'toString', page: '0' };
  expect(readLinesView(strange)).toEqual(readLinesView({}));
  expect(readLinesView(undefined)).toEqual(readLinesView({}));
  expect(readLinesView({ text: 'a\0b' }).text).toBe('ab');
});

it('shows a hundred at a time, and the last page to whoever asks for more', () => {
  const lines = Array.from({ length: 250 }, (_, index) => {
    const standing = { word: index % 2 === 0 ? 'open' : 'paused', sentence: '' };
    return { lineId: String(index + 1), standing, backlog: 0, released: 0, openCalls: 0, unknown: 0 } as LineReport;
  });
  const view = readLinesView({ order: 'number', page: '9' });
  const { lines: last, ...rest } = partOf(lines, view);
  expect(rest).toEqual({ found: 250, page: 3, pages: 3 });
  expect(last.map(({ lineId }) => lineId)).toEqual(lines.slice(200).map(({ lineId }) => lineId));
  expect(partOf(lines, { ...view, standing: 'paused', page: 2 })).toMatchObject({ found: 125, page: 2, pages: 2 });
  expect(partOf([], view)).toEqual({ lines: [], found: 0, page: 1, pages: 1 });
});
