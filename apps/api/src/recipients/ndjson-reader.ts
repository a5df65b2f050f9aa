import { isUtf8 } from 'node:buffer';
import { maxRowBytes } from './lines.ts';
import { ndjsonRecipient } from './ndjson-recipient.ts';
import type { RowReader, RowReading } from './row-reading.ts';

/** Rows of NDJSON: every line is one, and stands for itself. */
export function createNdjsonReader(skipRows: number): RowReader {
  let row = 0;

  function bad(column: string | null, because: string): RowReading {
    return { kind: 'bad', bad: { row, line: row, column, because } };
  }

  return {
    take(line) {
      row += 1;
      if (row <= skipRows) return null;
      if (line.length > maxRowBytes) return bad(null, `longer than ${maxRowBytes} bytes`);
      if (!isUtf8(line)) return bad(null, 'is not UTF-8');
      const text = line.toString('utf8');
      if (text.trim() === '') return { kind: 'blank', row };
      const reading = ndjsonRecipient(text);
      if ('because' in reading) return bad(reading.column, reading.because);
      return { kind: 'recipient', recipient: { row, ...reading }, bytes: line.length };
    },
    end: (brokenOff) =>
      brokenOff === null ? null : { kind: 'broken', row: row + 1, line: row + 1, column: null, because: brokenOff },
    rows: () => row,
  };
}
