import { PassThrough, Readable } from 'node:stream';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { listText } from './list-text.ts';

async function* inPieces(bytes: Buffer, pieceBytes = bytes.length || 1): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
}

async function readText(
  body: AsyncIterable<Buffer>,
  saidGzip = false,
): Promise<{ text: string; broken: string | null }> {
  const bytes = listText(body, saidGzip);
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = await bytes.next();
    if (piece.done) return { text: Buffer.concat(pieces).toString(), broken: piece.value };
    pieces.push(piece.value);
  }
}

/** The same must come of it however the bytes are cut. */
async function readCutAnywhere(bytes: Buffer, saidGzip = false) {
  const whole = await readText(inPieces(bytes), saidGzip);
  for (let pieceBytes = 1; pieceBytes < bytes.length; pieceBytes += 1) {
    expect(await readText(inPieces(bytes, pieceBytes), saidGzip), `pieces of ${pieceBytes}`).toEqual(whole);
  }
  return whole;
}

describe('the start', () => {
  const utf16 = { text: '', broken: 'the list is UTF-16; send UTF-8' };
  const utf32 = { text: '', broken: 'the list is UTF-32; send UTF-8' };
  it.each([
    ['', { text: '', broken: null }],
    ['d', { text: 'd', broken: null }],
    ['dest', { text: 'dest', broken: null }],
    ['PK,dest', { text: 'PK,dest', broken: null }],
    ['\xef\xbb\xbf', { text: '', broken: null }],
    ['\xef\xbb\xbfdest', { text: 'dest', broken: null }],
    ['\0\0\0\0\0\0', { text: '\0\0\0\0\0\0', broken: null }],
    ['ab\0\0\0', { text: 'ab\0\0\0', broken: null }],
    ['\xff\xfed\0e\0', utf16],
    ['\xfe\xff\0d\0e', utf16],
    ['d\0e\0', utf16],
    ['\0d\0e', utf16],
    ['1\0', utf16],
    ['\xff\xfe\0\0d\0\0\0', utf32],
    ['\0\0\xfe\xff\0\0\0d', utf32],
    ['d\0\0\0', utf32],
    ['\0\0\0d', utf32],
    ['PK\x03\x04', { text: '', broken: 'a zip file, as Excel workbooks are; send CSV or NDJSON, gzip if you like' }],
    ['PK\x05\x06', { text: '', broken: 'a zip file; send CSV or NDJSON, gzip if you like' }],
  ])('%j', async (bytes, expected) => {
    expect(await readCutAnywhere(Buffer.from(bytes, 'latin1'))).toEqual(expected);
    if (bytes !== '') expect(await readCutAnywhere(gzipSync(Buffer.from(bytes, 'latin1')), true)).toEqual(expected);
  });
});

describe('gzip', () => {
  const packed = gzipSync('dest\n1\n2\n');
  const damaged = 'the gzip data is damaged';

  it('is unpacked, said or not', async () => {
    expect(await readCutAnywhere(packed, true)).toEqual({ text: 'dest\n1\n2\n', broken: null });
    expect(await readCutAnywhere(packed, false)).toEqual({ text: 'dest\n1\n2\n', broken: null });
  });

  it('may have several members, and zeros for padding', async () => {
    const text = 'dest\n1\n2\ndest\n1\n2\n';
    expect(await readCutAnywhere(Buffer.concat([packed, packed]))).toEqual({ text, broken: null });
    expect(await readCutAnywhere(Buffer.concat([packed, packed, Buffer.alloc(9)]))).toEqual({ text, broken: null });
  });

  it('hides nothing behind the padding', async () => {
    expect(await readCutAnywhere(Buffer.concat([packed, Buffer.alloc(3), packed]))).toEqual({
      text: 'dest\n1\n2\n',
      broken: 'there is more after the end of the gzip data',
    });
  });

  it('that ends in the middle gives what was there before', async () => {
    const broken = 'the gzip data ends in the middle';
    for (let bytes = 2; bytes < packed.length; bytes += 1) {
      const reading = await readCutAnywhere(packed.subarray(0, bytes), true);
      expect(reading.broken).toBe(broken);
      expect('dest\n1\n2\n'.startsWith(reading.text)).toBe(true);
    }
    expect(await readCutAnywhere(packed.subarray(0, -1))).toEqual({ text: 'dest\n1\n2\n', broken });
  });

  it('must be gzip, undamaged, and only once', async () => {
    const wrongSum = Buffer.from(packed);
    wrongSum.writeUInt32LE(0, wrongSum.length - 8);
    expect((await readText(inPieces(wrongSum))).broken).toBe(damaged);
    expect((await readText(inPieces(Buffer.concat([packed, Buffer.from('more')])))).broken).toBe(damaged);
    expect((await readText(inPieces(Buffer.from([0x1f, 0x8b, 7, 0, 0])))).broken).toBe(damaged);
    expect((await readText(inPieces(deflateRawSync('dest')), true)).broken).toBe('is not gzip');
    expect((await readText(inPieces(Buffer.from('dest')), true)).broken).toBe('is not gzip');
    expect((await readText(inPieces(gzipSync(packed)))).broken).toBe('gzip inside gzip; once is enough');
    expect(await readText(inPieces(Buffer.alloc(0)), true)).toEqual({ text: '', broken: null });
  });
});

describe('a body', () => {
  async function* lostAfter(bytes: Buffer): AsyncGenerator<Buffer> {
    yield* inPieces(bytes, 3);
    throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  }

  it.each([false, true])('whose connection is lost gives what was there before (gzip: %s)', async (gzip) => {
    const bytes = gzip ? gzipSync('dest\n1\n') : Buffer.from('dest\n1\n');
    const broken = 'the connection was lost';
    expect(await readText(lostAfter(bytes), gzip)).toEqual({ text: 'dest\n1\n', broken });
    expect(await readText(lostAfter(Buffer.alloc(0)), gzip)).toEqual({ text: '', broken });
    expect((await readText(Readable.from(lostAfter(bytes)), gzip)).broken).toBe(broken);
  });

  it.each([Buffer.from('dest\n'), gzipSync('dest\n')])('that is a stream is not destroyed', async (bytes) => {
    const body = new PassThrough();
    body.write(bytes);
    const text = listText(body, false);
    await text.next();
    await text.return(null);
    expect(body.destroyed).toBe(false);
    body.end('the rest');
    expect(Buffer.concat(await body.toArray()).toString()).toBe('the rest');
  });
});
