import fc from 'fast-check';
import { expect, it } from 'vitest';
import { beginCut, type CsvRow, cutLine } from './csv-row.ts';

function cutText(text: string, separator = ','): CsvRow | null {
  const cut = beginCut(separator);
  return text.split('\n').reduce<CsvRow | null>((_row, line) => cutLine(cut, line), null);
}

const inside = 'a quote inside a value; put the whole value in quotes and double the quotes in it';
const after = 'text after the closing quote; a quote inside a value must be doubled';

it.each([
  ['a,b', ['a', 'b']],
  ['a,b\r', ['a', 'b']],
  ['', ['']],
  ['\r', ['']],
  [',', ['', '']],
  [',,\r', ['', '', '']],
  ['"a","b"', ['a', 'b']],
  ['"a","b"\r', ['a', 'b']],
  ['"",""', ['', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['"a""b",""""', ['a"b', '"']],
  ['"""a""",b', ['"a"', 'b']],
  ['"a\nb",c', ['a\nb', 'c']],
  ['"a\r\nb\r\n",c\r', ['a\r\nb\r\n', 'c']],
  ['"\n\n",c', ['\n\n', 'c']],
  ['"a\n","b\nc"', ['a\n', 'b\nc']],
  ['a;b, c ', ['a;b', ' c ']],
])('%j', (text, fields) => {
  expect(cutText(text)).toEqual({ fields, fault: null });
});

it.each([
  ['a,5" pipe', 1, inside],
  ['a, "b"', 1, inside],
  ['a"b",c', 0, inside],
  ['a,"b"c,d', 1, after],
  ['a,"b" ,d', 1, after],
  ['"a"b"c",d"', 0, after],
])('%j is at fault', (text, field, because) => {
  expect(cutText(text)?.fault).toEqual({ field, because });
});

it.each(['"', 'a,"b', 'a,"b""', 'a,"b\n', 'a,"b\nc,d\n'])('%j has a quote that is open', (text) => {
  expect(cutText(text)).toBeNull();
});

it('gives back whatever was quoted', () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'ç', '🕊', '"', ',', ';', '\t', '\n', '\r', ' ') });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), fc.constantFrom(',', ';', '\t'), (fields, separator) => {
      expect(cutText(fields.map(quoted).join(separator), separator)).toEqual({ fields, fault: null });
    }),
  );
});
