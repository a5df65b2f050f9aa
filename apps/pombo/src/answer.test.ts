import { expect, test } from 'vitest';
import { moment, table } from './answer.ts';

test('columns are as wide as their widest cell', () => {
  expect(
    table(
      ['id', 'name'],
      [
        ['1', 'Ana'],
        ['1000', 'B'],
      ],
      'none',
    ),
  ).toBe('id    name\n----  ----\n1     Ana\n1000  B');
  expect(table(['id'], [], 'none yet')).toBe('none yet');
});

test('a moment is shown to the second', () => {
  expect(moment(new Date('2026-11-22T12:34:56.789Z'))).toBe('2026-11-22 12:34:56');
  expect(moment(null)).toBe('-');
});
