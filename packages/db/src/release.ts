import type { Database } from './database.ts';

export interface Released {
  notes: { messageId: string; release: number }[];
  /** Another process is releasing this line at this moment. */
  busy: boolean;
  /** Due messages stayed behind. */
  more: boolean;
}

/** Moves the next messages of one line from the backlog into lane `bulk`, as far as its release window has room. */
export async function releaseLine(database: Database, lineId: string): Promise<Released> {
  const rows = await database.query<{
    message_id: string | null;
    release: number | null;
    busy: boolean;
    more: boolean;
  }>('SELECT * FROM release_line($1::bigint)', [lineId]);
  const notes = rows.flatMap(({ message_id, release }) =>
    message_id === null || release === null ? [] : [{ messageId: message_id, release }],
  );
  return { notes, busy: rows[0]?.busy ?? false, more: rows[0]?.more ?? false };
}

/** The lines that have anything in the backlog, due or not. */
export async function linesWithBacklog(database: Database): Promise<string[]> {
  const rows = await database.query<{ line: string }>('SELECT lines_with_backlog() AS line');
  return rows.map((row) => row.line);
}
