import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ListEnd, type ReadOptions, readRecipients } from './read-recipients.ts';
import type { RecipientBatch } from './recipient-batch.ts';

type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

async function readBatches(body: Pieces, options: Partial<ReadOptions>) {
  const all = { format: 'csv', gzip: false, skipRows: 0, batchRows: 1000, maxRows: 100_000_000, ...options } as const;
  const reading = readRecipients(Readable.from(body), all);
  const batches: RecipientBatch[] = [];
  for (;;) {
    const step = await reading.next();
    if (step.done) return { batches, end: step.value };
    batches.push(step.value);
  }
}

async function readList(list: string | Buffer | Pieces, options: Partial<ReadOptions> = {}) {
  const body = typeof list === 'string' ? [Buffer.from(list)] : Buffer.isBuffer(list) ? [list] : list;
  const { batches, end } = await readBatches(body, options);
  return {
    recipients: batches.flatMap((batch) => batch.recipients),
    bad: batches.flatMap((batch) => batch.bad),
    end,
  };
}

const ndjson = { format: 'ndjson' } as const;

describe('NDJSON', () => {
  it('says of every line what it is', async () => {
    const list = Buffer.from(
      `{"dest":1,"name":"Al"}\r\n\n{"dest":2\n{"dest":"\xe7"}\n \r\n{"dest":"${'3'.repeat(70_000)}"}\n{"dest":"4"}`,
      'latin1',
    );
    expect(await readList(list, ndjson)).toEqual({
      recipients: [
        { row: 1, dest: '1', variables: { name: 'Al' } },
        { row: 7, dest: '4', variables: null },
      ],
      bad: [
        { row: 3, line: 3, column: null, because: 'is not JSON' },
        { row: 4, line: 4, column: null, because: 'is not UTF-8' },
        { row: 6, line: 6, column: null, because: 'longer than 65536 bytes' },
      ],
      end: { kind: 'complete', rows: 7 },
    });
  });

  it('may be empty', async () => {
    expect(await readList('', ndjson)).toEqual({ recipients: [], bad: [], end: { kind: 'complete', rows: 0 } });
  });

  it('may begin with a mark', async () => {
    expect((await readList('\uFEFF{"dest":"1"}', ndjson)).recipients).toHaveLength(1);
  });
});

describe('a list that breaks off', () => {
  it('gives what was read before, and no half row', async () => {
    async function* lost(text: string): AsyncGenerator<Buffer> {
      yield Buffer.from(text);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    const because = 'the connection was lost';
    const recipients = [{ row: 1, dest: '11', variables: null }];
    const cases = [
      ['csv', 'dest\n11\n22', { row: 2, line: 3 }],
      ['ndjson', '{"dest":11}\n22', { row: 2, line: 2 }],
    ] as const;
    for (const [format, text, where] of cases) {
      const end = { kind: 'broken', ...where, column: null, because };
      expect(await readList(lost(text), { format })).toEqual({ recipients, bad: [], end });
    }
    expect((await readList(lost('de'))).end).toEqual({ kind: 'broken', row: 0, line: 1, column: null, because });
  });

  it('is told from one that ends, in gzip', async () => {
    const list = gzipSync('dest\n11\n22');
    expect(await readList(list.subarray(0, -1), { gzip: true })).toEqual({
      recipients: [{ row: 1, dest: '11', variables: null }],
      bad: [],
      end: { kind: 'broken', row: 2, line: 3, column: null, because: 'the gzip data ends in the middle' },
    });
    expect((await readList(list, { gzip: true })).end).toEqual({ kind: 'complete', rows: 2 });
  });

  it('is one from its start when it is no text', async () => {
    const list = Buffer.from('dest\n1\n', 'utf16le');
    const because = 'the list is UTF-16; send UTF-8';
    expect((await readList(list)).end).toEqual({ kind: 'broken', row: 0, line: 1, column: null, because });
    expect((await readList(list, ndjson)).end).toEqual({ kind: 'broken', row: 1, line: 1, column: null, because });
  });
});

it.each([
  ['csv', 'dest\n1\n\nx y\n4\n', 4],
  ['ndjson', '{"dest":"1"}\n\n{}\n{"dest":"4"}\n', 4],
] as const)('%s has at most so many rows, whatever is in them', async (format, list, rows) => {
  expect((await readList(list, { format, maxRows: rows })).end).toEqual({ kind: 'complete', rows });
  const { recipients, end } = await readList(list, { format, maxRows: rows - 1 });
  expect(recipients.some(({ dest }) => dest === '4')).toBe(false);
  expect(end).toMatchObject({ kind: 'broken', row: 4, because: 'a list has at most 3 rows' });
});

it('has its header near its beginning', async () => {
  const { end } = await readList(`${'\n'.repeat(20_000)}dest\n1\n`);
  expect(end).toMatchObject({ kind: 'broken', row: 0, because: 'there is no header within 10000 lines' });
});

describe('batches', () => {
  const list = `dest\n1\n\n${'x'.repeat(65)}\n4\n5\n6\n`;

  it.each([1, 2, 3, 4, 6, 7])('of %i rows hold every row once', async (batchRows) => {
    const { batches, end } = await readBatches([Buffer.from(list)], { batchRows });
    const through = Array.from({ length: Math.ceil(6 / batchRows) }, (_, index) =>
      Math.min((index + 1) * batchRows, 6),
    );
    expect(batches.map((batch) => batch.throughRow)).toEqual(through);
    expect(batches.flatMap(({ recipients }) => recipients.map(({ row }) => row))).toEqual([1, 4, 5, 6]);
    expect(batches.flatMap(({ bad }) => bad.map(({ row }) => row))).toEqual([3]);
    expect(end).toEqual({ kind: 'complete', rows: 6 });
  });

  it('of long rows are smaller', async () => {
    const { batches } = await readBatches([Buffer.from(`dest,name\n${`1,${'x'.repeat(1999)}\n`.repeat(2000)}`)], {});
    expect(batches.length).toBeGreaterThan(5);
    expect(batches.at(-1)?.throughRow).toBe(2000);
  });

  it('of many long names are smaller where these have values', async () => {
    const names = Array.from({ length: 64 }, (_, n) => `n${'x'.repeat(60)}${n}`).join(',');
    const read = (value: string) =>
      readBatches([Buffer.from(`dest,${names}\n${`1${`,${value}`.repeat(64)}\n`.repeat(1000)}`)], {});
    expect((await read('')).batches).toHaveLength(1);
    expect((await read('')).batches[0]?.recipients[0]?.variables).toBeNull();
    expect((await read('x')).batches.length).toBeGreaterThan(5);
  });
});

/** Everything that is hard about a list, in few bytes. */
const nasty = {
  csv: Buffer.concat([
    Buffer.from('\uFEFF\r\n"dest";na_me\r\n1;"A""ç"\r\n\r\n2;🕊"\n3;"x\r\n\n;"";y"\n4;a;b\n;\n"5"x;\n6;"'),
    Buffer.from([0xe7, 0x0a]),
    Buffer.from('";\n7;"\0"\n8;"end'),
  ]),
  ndjson: Buffer.concat([
    Buffer.from('\uFEFF{"dest":"ç🕊","a":1.50}\r\n\r\n{"dest":9007199254740993}\n{"a":"\\ud800"}\n{}\n\n{"dest":'),
    Buffer.from([0xe7, 0x0a]),
    Buffer.from('{"dest":"2","b":null}\n[\n{"dest":"3"}'),
  ]),
};

const nastyRows = {
  csv: { good: [1, 4], bad: [3, 5, 6, 7, 8, 9], end: { kind: 'broken', row: 10, line: 15, column: 'na_me' } },
  ndjson: { good: [1, 8, 10], bad: [3, 4, 5, 7, 9], end: { kind: 'complete', rows: 10 } },
};

const formats = ['csv', 'ndjson'] as const;

it.each(formats)('reads the same from %s wherever the pieces are cut', async (format) => {
  const list = nasty[format];
  const whole = await readList(list, { format });
  expect(whole.recipients.map(({ row }) => row)).toEqual(nastyRows[format].good);
  expect(whole.bad.map(({ row }) => row)).toEqual(nastyRows[format].bad);
  expect(whole.end).toMatchObject(nastyRows[format].end);
  for (let at = 1; at < list.length; at += 1) {
    expect(await readList([list.subarray(0, at), list.subarray(at)], { format }), `cut at ${at}`).toEqual(whole);
  }
  expect(
    await readList(
      Array.from(list, (byte) => Buffer.from([byte])),
      { format },
    ),
  ).toEqual(whole);
  expect(await readList(gzipSync(list), { format })).toEqual(whole);
});

it.each(formats)('goes on in %s where an upload was interrupted', async (format) => {
  const whole = await readList(nasty[format], { format });
  for (let skipRows = 0; skipRows < 12; skipRows += 1) {
    const tail = await readList(nasty[format], { format, skipRows });
    const isLater = ({ row }: { row: number }) => row > skipRows;
    expect(tail.recipients).toEqual(whole.recipients.filter(isLater));
    expect(tail.bad).toEqual(whole.bad.filter(isLater));
    expect(tail.end).toEqual(whole.end);
  }
});

it.each(formats)('takes any bytes at all for a list of %s', async (format) => {
  const alphabet = [
    'dest',
    'a',
    '1',
    ',',
    ';',
    '"',
    '\n',
    '\r',
    '{',
    '}',
    ':',
    '\0',
    '\\u0000',
    '\xff',
    '\xef\xbb\xbf',
  ];
  const part = fc.oneof(fc.constantFrom(...alphabet), fc.string({ unit: 'binary' }));
  const start = fc.constantFrom('', 'dest,a\n', '{"dest":');
  await fc.assert(
    fc.asyncProperty(start, fc.array(part), fc.nat(), async (beginning, parts, at) => {
      const list = Buffer.from(beginning + parts.join(''), 'latin1');
      const whole = await readList(list, { format });
      expect(await readList([list.subarray(0, at), list.subarray(at)], { format })).toEqual(whole);
      expect(whole.end satisfies ListEnd).toBeDefined();
      for (const { dest } of whole.recipients) expect(dest).toMatch(/^\P{Cc}{1,64}$/u);
    }),
  );
});

it('leaves a body alone when nobody wants more of it', async () => {
  const body = new Readable({ read() {} });
  body.push('dest\n1\n2\n');
  for await (const batch of readRecipients(body, {
    format: 'csv',
    gzip: false,
    skipRows: 0,
    batchRows: 1,
    maxRows: 1000,
  })) {
    expect(batch.throughRow).toBe(1);
    break;
  }
  expect(body.destroyed).toBe(false);
});
