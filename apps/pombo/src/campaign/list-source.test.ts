import { expect, test } from 'vitest';
import { formatByName, uploadIdOf } from './list-source.ts';
import { readingText } from './reading-line.ts';

test.each([
  ['list.csv', 'csv', false],
  ['LIST.CSV.GZ', 'csv', true],
  ['a/b.ndjson', 'ndjson', false],
  ['b.jsonl.gz', 'ndjson', true],
  ['b.json', null, false],
  ['list', null, false],
])('%s is %s', (name, format, gzip) => {
  expect(formatByName(name)).toEqual({ format, gzip });
});

test('an upload is named after the name, the size, the time and the ends of its file', () => {
  const found = { size: 10, changedAtMs: 1_700_000_000_000.5, ends: Buffer.from('1234567890') };
  const id = uploadIdOf('/a/list.csv', found);
  expect(id).toMatch(/^[\w.:-]{1,64}$/);
  expect(uploadIdOf('./list.csv', found)).toBe(id);
  expect(uploadIdOf('/a/other.csv', found)).not.toBe(id);
  expect(uploadIdOf('/a/list.csv', { ...found, size: 11 })).not.toBe(id);
  expect(uploadIdOf('/a/list.csv', { ...found, changedAtMs: 0 })).not.toBe(id);
  expect(uploadIdOf('/a/list.csv', { ...found, ends: Buffer.from('1234567891') })).not.toBe(id);
});

test('how much of a list was read is said in shares where its size is known', () => {
  expect(readingText({ name: 'list.csv', bytes: 4_000_000 }, 1_000_000)).toBe('Reading list.csv: 25 %, 1.0 MB');
  expect(readingText({ name: 'standard input', bytes: null }, 1_000_000)).toBe('Reading standard input: 1.0 MB');
});
