/** What one row of CSV holds. */
export interface CsvRow {
  fields: string[];
  /** The first field that is not quoted as it should be. */
  fault: { field: number; because: string } | null;
}

/**
 * Lines being cut into the fields of rows, as RFC 4180 has it: a value with separators, newlines or quotes in it stands
 * in quotes, and quotes in it are doubled. Rows that bend this are faults and not guessed at, for a guess would be sent
 * to a person.
 */
export interface CsvCut {
  readonly separator: string;
  row: CsvRow;
  /** What is there of the value whose quote is open; then the next line belongs to the row as well. */
  open: string | null;
}

export function beginCut(separator: string): CsvCut {
  return { separator, row: { fields: [], fault: null }, open: null };
}

/** Cuts the next line; the row it ends, or null while a quote is open. */
export function cutLine(cut: CsvCut, line: string): CsvRow | null {
  let from = 0;
  for (;;) {
    if (cut.open === null && line[from] === '"') {
      cut.open = '';
      from += 1;
    }
    const to = cut.open === null ? readPlain(cut, line, from) : readQuoted(cut, cut.open, line, from);
    if (to === null) return null;
    if (line[to] !== cut.separator) break;
    from = to + 1;
  }
  const { row } = cut;
  cut.row = { fields: [], fault: null };
  return row;
}

/** Reads an unquoted value; says where it ends. */
function readPlain(cut: CsvCut, line: string, from: number): number {
  const to = endOfField(cut, line, from);
  const value = line.slice(from, to);
  if (value.includes('"')) {
    fail(cut, 'a quote inside a value; put the whole value in quotes and double the quotes in it');
  }
  cut.row.fields.push(value);
  return to;
}

/** Reads on in a quoted value; says where its field ends, null when the line ends first. */
function readQuoted(cut: CsvCut, begun: string, line: string, from: number): number | null {
  let value = begun;
  for (let at = from; ; ) {
    const quote = line.indexOf('"', at);
    if (quote < 0) {
      cut.open = `${value}${line.slice(at)}\n`;
      return null;
    }
    value += line.slice(at, quote);
    if (line[quote + 1] !== '"') return closeQuote(cut, value, line, quote + 1);
    value += '"';
    at = quote + 2;
  }
}

function closeQuote(cut: CsvCut, value: string, line: string, from: number): number {
  const to = endOfField(cut, line, from);
  if (to !== from) fail(cut, 'text after the closing quote; a quote inside a value must be doubled');
  cut.row.fields.push(value);
  cut.open = null;
  return to;
}

/** The carriage return of a CRLF belongs to no field. */
function endOfField({ separator }: CsvCut, line: string, from: number): number {
  const found = line.indexOf(separator, from);
  if (found >= 0) return found;
  return line.endsWith('\r') ? Math.max(from, line.length - 1) : line.length;
}

function fail({ row }: CsvCut, because: string): void {
  row.fault ??= { field: row.fields.length, because };
}
