import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldsReading } from './fields.ts';
import { readForm } from './form-body.ts';
import { readJson } from './json-body.ts';
import { readMultipart } from './multipart-body.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';

const entries = (reading: FieldsReading) =>
  reading.kind === 'fields' ? Object.fromEntries(reading.fields) : reading.kind;

describe('a form', () => {
  it.each([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2', { a: '2' }],
    ['a', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a+b=c+d%2B', { 'a b': 'c d+' }],
    ['a=50%&b=%zz', { a: '50%', b: '%zz' }],
    ['a=%C3%A7', { a: 'ç' }],
    ['a=50%+%C3%A7', { a: '50% ç' }],
    ['&&a=1&', { a: '1' }],
    ['a=%E7', 'broken'],
    ['%ED%A0%80=1', 'broken'],
    ['a=%00', 'broken'],
  ])('%s', (text, expected) => {
    expect(entries(readForm(text))).toEqual(expected);
  });

  it('gives back whatever was escaped', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, name), { selector: ([key]) => key }), (pairs) => {
        const reading = readForm(new URLSearchParams(pairs).toString());
        expect(reading.kind === 'fields' && [...reading.fields]).toEqual(pairs);
      }),
    );
  });
});

describe('JSON', () => {
  it.each([
    ['{"a":1,"b":"x","c":true,"d":null,"e":[1],"f":{}}', { a: '1', b: 'x', c: 'true' }],
    ['{"a":9007199254740991}', { a: '9007199254740991' }],
    ['{"a":9007199254740993,"b":"9007199254740993"}', { a: '9007199254740993', b: '9007199254740993' }],
    ['{"a":-12345678901234567890}', { a: '-12345678901234567890' }],
    [
      '{"a": 12345678901234567890, "b":[1],"c":"1234567890123456"}',
      { a: '12345678901234567890', c: '1234567890123456' },
    ],
    ['{"a":123456789.123456789,"b":1e22,"c":-1.5E+2}', { a: '123456789.123456789', b: '1e22', c: '-150' }],
    ['{"a":1,"a":2}', { a: '2' }],
    ['{"a":"\\\\u0000"}', { a: '\\u0000' }],
    ['{"a":"\\u0000"}', 'broken'],
    ['{"\\u0000":1}', 'broken'],
    ['{"a":[{"b":"\\ud800"}]}', 'broken'],
    ['{"a":"\\ud83d\\udd4a"}', { a: '🕊' }],
    ['[]', 'broken'],
    ['null', 'broken'],
    ['{', 'broken'],
  ])('%s', (text, expected) => {
    expect(entries(readJson(text))).toEqual(expected);
  });

  it('survives any depth', () => {
    expect(readJson(`{"a":${'['.repeat(30_000)}"\\u0041"${']'.repeat(30_000)}}`).kind).toBe('fields');
    expect(readJson(`{"a":${'['.repeat(30_000)}1234567890123456789${']'.repeat(30_000)}}`).kind).toMatch(
      /fields|broken/,
    );
  });
});

describe('a multipart form', () => {
  const part = (head: string, text: string) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`;
  const read = (text: string) => readMultipart('multipart/form-data; boundary=b', Buffer.from(text));

  it('has fields, and files are read past', async () => {
    const text = `${part('name="a"', 'ç')}${part('name="f"; filename="x.txt"', 'file')}${part('name="b"', '')}--b--\r\n`;
    expect(entries(await read(text))).toEqual({ a: 'ç', b: '' });
  });

  it.each(['', 'x', '--b', '--b\r\n', part('name="a"', 'x'), '--b--', '\r\n--b\r\n\r\n\r\n--b--'])(
    'always has an answer: %j',
    async (text) => {
      expect((await read(text)).kind).toMatch(/^(fields|broken)$/);
    },
  );
});

it('takes any bytes at all for a body', async () => {
  const types = fc.constantFrom(undefined, 'application/json', 'multipart/form-data; boundary=b', 'text/x', '');
  await fc.assert(
    fc.asyncProperty(types, fc.uint8Array({ maxLength: 200 }), async (contentType, bytes) => {
      const reading = await readBody({ contentType, contentEncoding: undefined, bytes: Buffer.from(bytes) });
      if (reading.kind === 'fields') for (const text of reading.fields.values()) expect(text.isWellFormed()).toBe(true);
    }),
  );
});

it('reads a query of raw UTF-8, and no other bytes', () => {
  expect(entries(readQuery('/x'))).toEqual({});
  expect(entries(readQuery(`/x?a=${Buffer.from('ç').toString('latin1')}`))).toEqual({ a: 'ç' });
  expect(entries(readQuery('/x?a=\xe7'))).toBe('broken');
});
