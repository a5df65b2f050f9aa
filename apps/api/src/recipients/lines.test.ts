import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLines, maxRowBytes } from './lines.ts';

function linesOf(pieces: Buffer[]): string[] {
  const lines = createLines();
  const found: string[] = [];
  for (const piece of pieces) for (const line of lines.of(piece)) found.push(line.toString('latin1'));
  for (const line of lines.last()) found.push(line.toString('latin1'));
  return found;
}

it.each([
  ['', []],
  ['\n', ['']],
  ['a', ['a']],
  ['a\n', ['a']],
  ['a\n\nb\r\nc', ['a', '', 'b\r', 'c']],
])('%j', (text, expected) => {
  expect(linesOf([Buffer.from(text)])).toEqual(expected);
});

it('gives a line that is too long as its beginning, and goes on behind it', () => {
  const fits = 'a'.repeat(maxRowBytes);
  const expected = [fits, `${fits}a`, `${fits}a`, 'c', `${fits}a`];
  const list = Buffer.from(`${fits}\n${fits}a\n${fits}${fits}b\nc\n${fits}aa`);
  for (const pieceBytes of [list.length, 1000, maxRowBytes, maxRowBytes + 1, maxRowBytes + 2]) {
    const pieces = Array.from({ length: Math.ceil(list.length / pieceBytes) }, (_, index) =>
      list.subarray(index * pieceBytes, (index + 1) * pieceBytes),
    );
    expect(linesOf(pieces)).toEqual(expected);
  }
});

it('tells of a line that is too long without waiting for its end', () => {
  const lines = createLines();
  expect([...lines.of(Buffer.alloc(maxRowBytes + 1, 'a'))]).toHaveLength(1);
  expect([...lines.of(Buffer.alloc(maxRowBytes + 1, 'a'))]).toHaveLength(0);
});

it('finds the same lines wherever the pieces are cut', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r') });
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      const whole = texts.join('');
      const expected = whole.split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect(linesOf(texts.map((piece) => Buffer.from(piece)))).toEqual(expected);
    }),
  );
});
