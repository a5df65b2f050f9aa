import { expect, it } from 'vitest';
import { createCsvReader } from './csv-reader.ts';
import { createLines, maxRowBytes } from './lines.ts';
import type { BadRow, Recipient, RowReading } from './row-reading.ts';

function readCsv(list: string | Buffer) {
  const recipients: Recipient[] = [];
  const bad: BadRow[] = [];
  for (const reading of readingsOf(Buffer.from(list))) {
    if (reading.kind === 'broken') return { recipients, bad, end: reading };
    if (reading.kind === 'recipient') recipients.push(reading.recipient);
    if (reading.kind === 'bad') bad.push(reading.bad);
  }
  return { recipients, bad, end: null };
}

function* readingsOf(list: Buffer): Generator<RowReading> {
  const lines = createLines();
  const reader = createCsvReader(0);
  for (const some of [() => lines.of(list), () => lines.last()]) {
    for (const line of some()) {
      const reading = reader.take(line);
      if (reading) yield reading;
    }
  }
  const broken = reader.end(null);
  if (broken) yield broken;
}

it('has a header, which names the variables', () => {
  expect(readCsv('dest, name ,age\n 1 , Al ,\n2,"Bo, ""B""\nand Co",7')).toEqual({
    recipients: [
      { row: 1, dest: '1', variables: { name: ' Al ' } },
      { row: 2, dest: '2', variables: { name: 'Bo, "B"\nand Co', age: '7' } },
    ],
    bad: [],
    end: null,
  });
});

it.each([
  ['dest\n1\n', null],
  ['\n \r\ndest\n1\n', null],
  ['dest;name\r\n1;Al\r\n', { name: 'Al' }],
  ['"name"\t"PSID"\nAl\t1', { name: 'Al' }],
  ['Dest,name\n1,"Al\r\n"\r\n', { name: 'Al\r\n' }],
])('%j', (list, variables) => {
  expect(readCsv(list).recipients).toStrictEqual([{ row: 1, dest: '1', variables }]);
});

it('says of bad rows which and why, and the line they begin in', () => {
  const list = [
    'dest,name',
    '1,"two\nlines"',
    '2,Al,x',
    '3',
    '',
    ',Bo',
    '"5\t5",Cy',
    '6,D"i',
    '7,E\0',
    `8,${'x'.repeat(2001)}`,
    ' \r',
    '9,Fi',
  ];
  const { recipients, bad, end } = readCsv(list.join('\n'));
  expect(recipients.map(({ row, dest }) => [row, dest])).toEqual([
    [1, '1'],
    [11, '9'],
  ]);
  expect(bad).toEqual([
    { row: 2, line: 4, column: null, because: '3 columns where the header has 2' },
    { row: 3, line: 5, column: null, because: '1 column where the header has 2' },
    { row: 5, line: 7, column: 'dest', because: 'is empty' },
    { row: 6, line: 8, column: 'dest', because: 'holds a control character' },
    {
      row: 7,
      line: 9,
      column: 'name',
      because: 'a quote inside a value; put the whole value in quotes and double the quotes in it',
    },
    { row: 8, line: 10, column: 'name', because: 'holds U+0000' },
    { row: 9, line: 11, column: 'name', because: 'is longer than 2000 characters' },
  ]);
  expect(end).toBeNull();
});

it('names the row that is not UTF-8, and goes on behind it', () => {
  const list = Buffer.from('dest,name\n1,"Fran\xe7ois\n2,x"\n2,Al\n', 'latin1');
  expect(readCsv(list)).toEqual({
    recipients: [{ row: 2, dest: '2', variables: { name: 'Al' } }],
    bad: [{ row: 1, line: 2, column: null, because: 'is not UTF-8' }],
    end: null,
  });
});

it.each([
  ['', 1, null, 'there is no header'],
  ['\n\r\n', 3, null, 'there is no header'],
  ['name\n1\n', 1, null, 'the header has no column dest'],
  ['dest,name,name\n1,a,b\n', 1, 'name', 'is there twice'],
  ['\ndest,\n1,a\n', 2, '2', 'has no name'],
  ['dest,"name\n1,Al\n', 1, '2', 'a quote opened in the header is not closed'],
  ['dest,"name" x\n1,Al\n', 1, '2', 'text after the closing quote; a quote inside a value must be doubled'],
  ['dest\r1\r2\r', 1, null, 'the lines end in CR alone; end them in LF or CRLF'],
  [`dest${'\r1234'.repeat(20_000)}`, 1, null, 'the lines end in CR alone; end them in LF or CRLF'],
  [`dest,${'x'.repeat(maxRowBytes)}`, 1, null, `longer than ${maxRowBytes} bytes`],
])('is broken by header %$', (list, line, column, because) => {
  const end = { kind: 'broken', row: 0, line, column, because };
  expect(readCsv(list)).toEqual({ recipients: [], bad: [], end });
});

it('is broken by a header that is not UTF-8', () => {
  const { end } = readCsv(Buffer.from('dest,ad\xfd\n1,x\n', 'latin1'));
  expect(end).toEqual({ kind: 'broken', row: 0, line: 1, column: null, because: 'is not UTF-8' });
});

const opened = 'a quote opened in row 2, column "name" is not closed';
it.each([
  ['at its end', '2,"Bo\n3,Cy\n', opened],
  ['in many lines', `2,"Bo\n${'3,Cy\n'.repeat(20_000)}`, `${opened} within 65536 bytes`],
  ['in a long line', `2,"Bo ""B"" ${'x'.repeat(100_000)}\n3,Cy\n`, `${opened} within 65536 bytes`],
])('is broken by a quote that is never closed, %s', (_where, rest, because) => {
  expect(readCsv(`dest,name\n1,Al\n${rest}`)).toEqual({
    recipients: [{ row: 1, dest: '1', variables: { name: 'Al' } }],
    bad: [],
    end: { kind: 'broken', row: 2, line: 3, column: 'name', because },
  });
});

it.each([
  ['one line', `2,${'x'.repeat(maxRowBytes - 1)}\n`],
  ['commas', ','.repeat(maxRowBytes + 1)],
  ['several lines', `2,"${'x'.repeat(maxRowBytes - 10)}\nxxxxxxxxxx",x\n`],
])('is broken by a row that is too long: %s', (_what, row) => {
  const { recipients, end } = readCsv(`dest,name\n1,Al\n${row}`);
  expect(recipients).toHaveLength(1);
  expect(end).toEqual({ kind: 'broken', row: 2, line: 3, column: null, because: `longer than ${maxRowBytes} bytes` });
});
