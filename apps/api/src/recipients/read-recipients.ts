import { createCsvReader } from './csv-reader.ts';
import { createLines, type Lines } from './lines.ts';
import { listText } from './list-text.ts';
import { createNdjsonReader } from './ndjson-reader.ts';
import { type BatchInMaking, createBatch, type RecipientBatch } from './recipient-batch.ts';
import type { BrokenList, RowReader, RowReading } from './row-reading.ts';

export interface ReadOptions {
  format: 'csv' | 'ndjson';
  /** What was said of the body; what begins like gzip is unpacked in any case. */
  gzip: boolean;
  /** So many rows were dealt with before: they are read past. */
  skipRows: number;
  /** The most rows of a batch, blank and bad ones counted. Batches of long rows are smaller. */
  batchRows: number;
  /** A list with more rows than this is broken there, whatever is in them. */
  maxRows: number;
}

export type ListEnd = { kind: 'complete'; rows: number } | BrokenList;

/**
 * Reads a list of recipients as it arrives, in constant memory: nothing is read ahead of whoever takes the batches.
 *
 * In NDJSON row 1 is the first line, in CSV the one after the header; blank lines count. When the list breaks, what was
 * read before comes as a last batch first. A stream is left where the reading stopped: the caller reads it to its end
 * or closes it.
 */
export async function* readRecipients(
  body: AsyncIterable<Buffer>,
  options: ReadOptions,
): AsyncGenerator<RecipientBatch, ListEnd, void> {
  const text = listText(body, options.gzip);
  const lines = createLines();
  const reader = options.format === 'csv' ? createCsvReader(options.skipRows) : createNdjsonReader(options.skipRows);
  const batch = createBatch(options.batchRows);
  try {
    for (;;) {
      const piece = await text.next();
      const broken = yield* fill(batch, readRows(lines, reader, piece, options.maxRows));
      if (!broken && !piece.done) continue;
      const last = batch.take();
      if (last) yield last;
      return broken ?? { kind: 'complete', rows: reader.rows() };
    }
  } finally {
    await text.return(null);
  }
}

/** Gives out the batches that get full; stops where the list is broken. */
function* fill(batch: BatchInMaking, readings: Iterable<RowReading>): Generator<RecipientBatch, BrokenList | null> {
  for (const reading of readings) {
    if (reading.kind === 'broken') return reading;
    batch.add(reading);
    const full = batch.isFull() ? batch.take() : null;
    if (full) yield full;
  }
  return null;
}

/** What a piece of the list says; or its end, which says why no more came. */
function* readRows(
  lines: Lines,
  reader: RowReader,
  piece: IteratorResult<Buffer, string | null>,
  maxRows: number,
): Generator<RowReading, void> {
  // A line that was broken off may be half a recipient: it is not read.
  const ended = piece.done ? (piece.value === null ? lines.last() : []) : lines.of(piece.value);
  for (const line of ended) {
    if (reader.rows() >= maxRows) return yield* endOf(reader, `a list has at most ${maxRows} rows`);
    const reading = reader.take(line);
    if (reading) yield reading;
  }
  if (piece.done) yield* endOf(reader, piece.value);
}

function* endOf(reader: RowReader, brokenOff: string | null): Generator<BrokenList, void> {
  const broken = reader.end(brokenOff);
  if (broken) yield broken;
}
