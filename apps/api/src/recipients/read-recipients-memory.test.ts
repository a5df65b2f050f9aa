import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { type ReadOptions, readRecipients } from './read-recipients.ts';
import type { RecipientBatch } from './recipient-batch.ts';

vi.setConfig({ testTimeout: 60_000 });

const mebibyte = 1024 * 1024;
const pieceBytes = 64 * 1024;
/** Room for what the garbage collector has not come to yet; far less than any of the lists. */
const flatMib = 120;

/** Every piece is memory of its own, so whoever keeps them is found out. */
function* repeated(text: string, bytes: number): Generator<Buffer> {
  for (let made = 0; made < bytes; made += pieceBytes) yield Buffer.alloc(pieceBytes, text);
}

/** Unpacks to a thousand times its size: gzip may consist of many members. */
function* bomb(text: string, bytes: number): Generator<Buffer> {
  const member = gzipSync(Buffer.alloc(mebibyte, text));
  for (let made = 0; made < bytes; made += mebibyte) yield member;
}

/** Reads as slowly as the consumer likes; says how the memory grew meanwhile, in MiB. */
async function readWatched(
  body: Iterable<Buffer>,
  options: Partial<ReadOptions>,
  consume: (batch: RecipientBatch) => void | Promise<void> = () => {},
) {
  const all = {
    format: 'ndjson',
    gzip: false,
    skipRows: 0,
    batchRows: 1000,
    maxRows: 100_000_000,
    ...options,
  } as const;
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const reading = readRecipients(Readable.from(watched(body, look)), all);
  for (;;) {
    const step = await reading.next();
    look();
    if (step.done) return { end: step.value, grownMib: (peak - before) / mebibyte };
    await consume(step.value);
  }
}

function* watched(body: Iterable<Buffer>, look: () => void): Generator<Buffer> {
  for (const piece of body) {
    look();
    yield piece;
  }
}

it('reads past a line of 300 MB', async () => {
  const bad: unknown[] = [];
  function* body(): Generator<Buffer> {
    yield* repeated('x', 300 * mebibyte);
    yield Buffer.from('\n{"dest":"1"}\n');
  }
  const { end, grownMib } = await readWatched(body(), {}, (batch) => void bad.push(...batch.bad));
  expect(end).toEqual({ kind: 'complete', rows: 2 });
  expect(bad).toEqual([{ row: 1, line: 1, column: null, because: 'longer than 65536 bytes' }]);
  expect(grownMib).toBeLessThan(flatMib);
});

it.each(['x', ',', '""', 'x\n'])('does not read on where CSV is broken: %j without end', async (text) => {
  let pulledBytes = 0;
  function* body(): Generator<Buffer> {
    yield Buffer.from('dest,name\n1,"');
    for (const piece of repeated(text, 300 * mebibyte)) {
      pulledBytes += piece.length;
      yield piece;
    }
  }
  expect((await readWatched(body(), { format: 'csv' })).end).toMatchObject({ kind: 'broken', row: 1 });
  // A stream of objects, as made here, holds sixteen of them.
  expect(pulledBytes).toBeLessThan(20 * pieceBytes);
});

it('unpacks 500 MB of zeros that came as 500 KB', async () => {
  const ndjson = await readWatched(bomb('\0', 500 * mebibyte), {});
  expect(ndjson.end).toEqual({ kind: 'complete', rows: 1 });
  expect(ndjson.grownMib).toBeLessThan(flatMib);
  const csv = await readWatched(bomb('\0', 500 * mebibyte), { format: 'csv' });
  expect(csv.end).toMatchObject({ kind: 'broken', row: 0 });
});

it('waits for a slow consumer, whatever a bomb has in store', async () => {
  const blankLine = `${' '.repeat(1023)}\n`;
  const { end, grownMib } = await readWatched(bomb(blankLine, 200 * mebibyte), { batchRows: 10_000 }, () => sleep(20));
  expect(end).toEqual({ kind: 'complete', rows: 200 * 1024 });
  expect(grownMib).toBeLessThan(flatMib);
});

it('takes no more of a body than the batches need', async () => {
  let pulledBytes = 0;
  async function* body(): AsyncGenerator<Buffer> {
    for (const piece of repeated('{"dest":"1234567"}\n', mebibyte)) {
      pulledBytes += piece.length;
      yield piece;
    }
  }
  const reading = readRecipients(body(), { format: 'ndjson', gzip: false, skipRows: 0, batchRows: 100, maxRows: 1000 });
  await reading.next();
  await sleep(20);
  expect(pulledBytes).toBe(pieceBytes);
  await reading.return({ kind: 'complete', rows: 0 });
});
