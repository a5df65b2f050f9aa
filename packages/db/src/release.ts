import type { Database } from './database.ts';

export interface Released {
  notes: ReleasedNote[];
  /** Lines that were looked at. The others have not had their turn yet. */
  looked: string[];
  /** Those of them that have more due messages, for which there was no room in the lane at this look. */
  again: string[];
  /** Another process is releasing at this moment, or the lane has hardly any room: nothing was looked at. */
  busy: boolean;
}

export interface ReleasedNote {
  messageId: string;
  lineId: string;
  release: number;
  /** Its turn is not expected before. */
  afterMs: number;
}

/** Most released messages that may wait in lane `bulk` at once, of all lines together: what a new line's first message stands behind. */
export const laneLimit = 4_000;

/**
 * Moves the next messages of these lines from the backlog into lane `bulk`, as far as their release windows and the lane
 * have room. Of many lines only those are looked at whose last turn is longest ago.
 */
export async function releaseLines(database: Database, lineIds: readonly string[]): Promise<Released> {
  const rows = await database.query<ReleaseRow>('SELECT * FROM release_lines($1::bigint[], $2)', [lineIds, laneLimit]);
  return {
    notes: rows.flatMap((row) => (row.message_id === null ? [] : [noteOf(row, row.message_id)])),
    looked: rows.flatMap((row) => (row.message_id === null && row.line_id !== null ? [row.line_id] : [])),
    again: rows.flatMap((row) => (row.again && row.line_id !== null ? [row.line_id] : [])),
    busy: rows.some((row) => row.line_id === null),
  };
}

interface ReleaseRow {
  message_id: string | null;
  line_id: string | null;
  release: number | null;
  after_ms: number | null;
  again: boolean;
}

function noteOf(row: ReleaseRow, messageId: string): ReleasedNote {
  return { messageId, lineId: row.line_id ?? '', release: row.release ?? 0, afterMs: row.after_ms ?? 0 };
}

/** The lines that have anything in the backlog, due or not, and whose messages may be released (`may_release`). */
export async function linesWithBacklog(database: Database): Promise<string[]> {
  const rows = await database.query<{ line: string }>('SELECT lines_with_backlog() AS line');
  return rows.map((row) => row.line);
}
