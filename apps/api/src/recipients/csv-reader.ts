import { isUtf8 } from 'node:buffer';
import { type CsvHeader, endsInCr, readHeader, separatorOf } from './csv-header.ts';
import { columnAt, csvRecipient } from './csv-recipient.ts';
import { beginCut, type CsvCut, type CsvRow, cutLine } from './csv-row.ts';
import { maxRowBytes } from './lines.ts';
import type { BrokenList, Recipient, RowReader, RowReading } from './row-reading.ts';

const quote = 0x22;
/** They are no rows, so nothing else would bound them. */
const maxLinesAboveHeader = 10_000;
/** Quotes, a colon and a comma stand around a name and its value where they are stored. */
const bytesAroundName = 6;

/** How far the reading of a list has come. */
interface CsvProgress {
  readonly skipRows: number;
  header: CsvHeader | null;
  /** Null until the first line that is not blank has shown the separator. */
  cut: CsvCut | null;
  endedRows: number;
  endedLines: number;
  /** The row that is being read. */
  current: { line: number; bytes: number; isUtf8: boolean };
}

/** Rows of CSV. Row 1 is the one after the header. Blank lines are rows, so that a row is found where an editor has it. */
export function createCsvReader(skipRows: number): RowReader {
  const progress: CsvProgress = {
    skipRows,
    header: null,
    cut: null,
    endedRows: 0,
    endedLines: 0,
    current: { line: 1, bytes: 0, isUtf8: true },
  };
  return {
    take: (line) => (skips(progress, line) ? null : takeLine(progress, line)),
    end: (brokenOff) => endList(progress, brokenOff),
    rows: () => progress.endedRows,
  };
}

/** Outside of quotes a line without a quote is a whole row, and one to skip need not even be text. */
function skips(progress: CsvProgress, line: Buffer): boolean {
  if (!progress.header || progress.endedRows >= progress.skipRows || isOpen(progress)) return false;
  if (line.length > maxRowBytes || line.includes(quote)) return false;
  progress.endedLines += 1;
  progress.endedRows += 1;
  return true;
}

function takeLine(progress: CsvProgress, line: Buffer): RowReading | null {
  const text = beginLine(progress, line);
  const isTooLong = progress.current.bytes > maxRowBytes;
  if (!isTooLong && !isOpen(progress) && text.trim() === '') return endBlank(progress);
  progress.cut ??= beginCut(separatorOf(text));
  const row = cutLine(progress.cut, text);
  if (isTooLong && row) return broken(progress, null, whyTooLong(progress, text));
  if (isTooLong) return quoteLeftOpen(progress, ` within ${maxRowBytes} bytes`);
  if (!row) return null;
  return progress.header ? endRow(progress, progress.header, row) : endHeader(progress, row);
}

/** Counts the line; says its text. What is not UTF-8 is still cut into fields, to find where the row ends. */
function beginLine(progress: CsvProgress, line: Buffer): string {
  progress.endedLines += 1;
  if (isOpen(progress)) progress.current.bytes += 1 + line.length;
  else progress.current = { line: progress.endedLines, bytes: line.length, isUtf8: true };
  if (isUtf8(line)) return line.toString('utf8');
  progress.current.isUtf8 = false;
  return line.toString('latin1');
}

/** Blank lines above the header are nothing at all. */
function endBlank(progress: CsvProgress): RowReading | null {
  if (!progress.header && progress.endedLines < maxLinesAboveHeader) return null;
  if (!progress.header) return broken(progress, null, `there is no header within ${maxLinesAboveHeader} lines`);
  progress.endedRows += 1;
  return progress.endedRows > progress.skipRows ? { kind: 'blank', row: progress.endedRows } : null;
}

function endHeader(progress: CsvProgress, { fields, fault }: CsvRow): BrokenList | null {
  if (!progress.current.isUtf8) return broken(progress, null, 'is not UTF-8');
  if (fault) return broken(progress, String(fault.field + 1), fault.because);
  const reading = readHeader(fields);
  if (reading.kind === 'fault') return broken(progress, reading.column, reading.because);
  progress.header = reading;
  return null;
}

function endRow(progress: CsvProgress, header: CsvHeader, row: CsvRow): RowReading | null {
  progress.endedRows += 1;
  const { endedRows, current } = progress;
  if (endedRows <= progress.skipRows) return null;
  const bad = (column: string | null, because: string): RowReading => {
    return { kind: 'bad', bad: { row: endedRows, line: current.line, column, because } };
  };
  if (!current.isUtf8) return bad(null, 'is not UTF-8');
  const reading = csvRecipient(header, row);
  if ('because' in reading) return bad(reading.column, reading.because);
  const bytes = current.bytes + bytesOfNames(reading.variables);
  return { kind: 'recipient', recipient: { row: endedRows, ...reading }, bytes };
}

/** A name stands once in the list, and in each recipient that has a value. */
function bytesOfNames(variables: Recipient['variables']): number {
  let bytes = 0;
  for (const name in variables) bytes += name.length + bytesAroundName;
  return bytes;
}

function endList(progress: CsvProgress, brokenOff: string | null): BrokenList | null {
  if (!isOpen(progress)) progress.current.line = progress.endedLines + 1;
  if (brokenOff !== null) return broken(progress, null, brokenOff);
  if (isOpen(progress)) return quoteLeftOpen(progress, '');
  return progress.header ? null : broken(progress, null, 'there is no header');
}

function isOpen({ cut }: CsvProgress): boolean {
  return cut !== null && cut.open !== null;
}

function quoteLeftOpen(progress: CsvProgress, within: string): BrokenList {
  const { header, cut } = progress;
  const field = cut?.row.fields.length ?? 0;
  if (!header) return broken(progress, String(field + 1), `a quote opened in the header is not closed${within}`);
  const column = columnAt(header.names, field);
  const where = `row ${progress.endedRows + 1}, column "${column}"`;
  return broken(progress, column, `a quote opened in ${where} is not closed${within}`);
}

function whyTooLong({ header }: CsvProgress, text: string): string {
  return !header && text.includes('\r') ? endsInCr : `longer than ${maxRowBytes} bytes`;
}

function broken({ header, endedRows, current }: CsvProgress, column: string | null, because: string): BrokenList {
  return { kind: 'broken', row: header ? endedRows + 1 : 0, line: current.line, column, because };
}
