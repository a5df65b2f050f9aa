import { expect, it } from 'vitest';
import { readHeader, separatorOf } from './csv-header.ts';

it.each([
  ['dest', ','],
  ['dest,name', ','],
  ['dest;name', ';'],
  ['dest\tname', '\t'],
  ['"dest";"first,name";x', ';'],
])('the separator of %j', (line, separator) => {
  expect(separatorOf(line)).toBe(separator);
});

it.each([
  [['dest'], 0],
  [['PSID', 'name'], 0],
  [['name', ' Dest '], 1],
  [['a.b', '_c-1', 'psid'], 2],
])('%j', (fields, destAt) => {
  expect(readHeader(fields)).toEqual({ kind: 'header', names: fields.map((field) => field.trim()), destAt });
});

const noName = 'is no name for a variable: a letter or _ first, then letters, digits, _ . -, at most 64 in all';

it.each([
  [['name'], null, 'the header has no column dest'],
  [['dest', 'psid'], 'psid', 'is a second column for the recipient'],
  [['dest', 'name', 'name'], 'name', 'is there twice'],
  [['dest', ' '], '2', 'has no name'],
  [['dest', 'first name'], 'first name', noName],
  [['dest', '1st'], '1st', noName],
  [['dest', 'adı'], 'adı', noName],
  [['dest', '__proto__'], '__proto__', noName],
  [['dest', 'x'.repeat(65)], 'x'.repeat(64), noName],
  [['dest', 'a\0b'], 'a\uFFFDb', noName],
  [['dest\r1\r2'], null, 'the lines end in CR alone; end them in LF or CRLF'],
  [['dest', ...Array.from({ length: 65 }, (_, index) => `v${index}`)], null, 'more than 64 variables'],
])('%j is no header', (fields, column, because) => {
  expect(readHeader(fields)).toEqual({ kind: 'fault', column, because });
});

it('takes 64 variables', () => {
  const names = ['dest', ...Array.from({ length: 64 }, (_, index) => `v${index}`)];
  expect(readHeader(names).kind).toBe('header');
});
