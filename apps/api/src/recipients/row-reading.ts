export interface Recipient {
  row: number;
  dest: string;
  /** Null when there are none. */
  variables: Record<string, string> | null;
}

/** A row nobody can be written to, and why. */
export interface BadRow {
  row: number;
  /** The line of the file the row begins in: quoted CSV values hold newlines. */
  line: number;
  column: string | null;
  because: string;
}

/** The row from which on nothing can be read; 0 is the header of CSV. */
export interface BrokenList extends BadRow {
  kind: 'broken';
}

export type RowReading =
  /** `bytes`: about as many as it takes to hold it. */
  | { kind: 'recipient'; recipient: Recipient; bytes: number }
  | { kind: 'bad'; bad: BadRow }
  | { kind: 'blank'; row: number }
  | BrokenList;

/** Makes rows of lines, for one format. */
export interface RowReader {
  /** What the row says that ends with this line; null when none ends here, or it is one to skip. */
  take(line: Buffer): RowReading | null;
  /** After the last line. `brokenOff` says why no more came, when there should have been more. */
  end(brokenOff: string | null): BrokenList | null;
  /** How many rows have ended. */
  rows(): number;
}
