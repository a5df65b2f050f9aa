import { expect, test } from 'vitest';
import { badRows, counted, uploadText, wasThereText } from './upload-report.ts';

const upload = { upload: 'u', complete: true, rows: 1_000, recipients: 1_000, duplicates: 0, bad: 0, errors: [] };

test('a list that is right is one sentence', () => {
  expect(uploadText('list.csv', upload)).toBe('1,000 recipients added from list.csv (1,000 rows read).');
  expect(uploadText('list.csv', { ...upload, recipients: 998, duplicates: 2 })).toContain('2 on the list already');
});

test('bad rows are shown with their column where they have one', () => {
  const errors = [
    { row: 2, column: 'psid', error: 'empty' },
    { row: 3, column: null, error: 'too long' },
  ];
  expect(badRows(2, errors)).toEqual(['  row 2, column psid: empty', '  row 3: too long']);
  expect(badRows(3, errors).at(-1)).toBe('  and 1 more bad row');
  expect(badRows(0, [])).toEqual([]);
});

test('a list that was complete before is said to be', () => {
  expect(wasThereText('list.csv', upload)).toMatch(/^Nothing was sent: all of list\.csv is there .+, u\..+\n1,000 rec/);
});

test('one is one', () => {
  expect(counted(1, 'row')).toBe('1 row');
  expect(counted(0, 'row')).toBe('0 rows');
});
