import type { Database } from '@pombo/db/database.ts';
import { parseMetadata } from '@pombo/graph/metadata.ts';
import type { Ledger } from '@pombo/graph-simulator/ledger.ts';
import type { House } from './house.ts';
import type { Page } from './pages.ts';

/** What must be empty, whatever happened: each holds the numbers of the messages it is true of. */
interface Harm {
  /** Accepted by Graph more than once. */
  twice: string[];
  /** Called `OK` though Graph never saw it; of a line at its end also what was promised and came to no good end. */
  lost: string[];
  /** The row says that it was not sent, and Graph has it. */
  denied: string[];
}

export const noHarm = { twice: [], lost: [], denied: [] } as const;

/** What Graph's ledger and our rows say together about the messages of one line that are all at their end. */
export interface LineVerdict extends Harm {
  /** Graph has it, and the row says OK. */
  sent: number;
  /** The row says that nobody knows. */
  unknown: number;
}

/**
 * Judges a line whose messages are all at their end. `promised`: the numbers of what was accepted. None of them may be
 * without a row, without a final word, or given up.
 */
export async function verdictOnLine(house: House, lineId: string, promised: readonly string[]): Promise<LineVerdict> {
  const statusOf = await statusesOf(house.database, lineId);
  const timesSeen = timesAccepted(house.simulator.ledger);
  const isSent = (id: string) => statusOf.get(id) === 'OK' && timesSeen.has(id);
  const isUnknown = (id: string) => statusOf.get(id) === 'WR';
  const ids = [...statusOf.keys()];
  return {
    sent: ids.filter(isSent).length,
    unknown: ids.filter(isUnknown).length,
    lost: [...new Set([...promised, ...ids])].filter((id) => !isSent(id) && !isUnknown(id)),
    twice: ids.filter((id) => (timesSeen.get(id) ?? 0) > 1),
    denied: ids.filter((id) => timesSeen.has(id) && !isSent(id) && !isUnknown(id)),
  };
}

/** The same of one page, at any moment: messages may be under way, and may have been refused. */
export interface PageVerdict extends Harm {
  /** Messages by their status in the log. */
  status: Record<string, number>;
  /** Messages Graph accepted at least once. */
  delivered: number;
}

/** Judges a page that is nobody else's at the simulator. */
export async function verdictOnPage(database: Database, ledger: Ledger, page: Page): Promise<PageVerdict> {
  const statusOf = await statusesOf(database, page.lineId);
  const timesSeen = timesAccepted(ledger, page.pageId);
  const status: Record<string, number> = {};
  for (const word of statusOf.values()) status[word] = (status[word] ?? 0) + 1;
  const ids = [...statusOf.keys()];
  const says = (id: string, ...words: string[]) => words.includes(statusOf.get(id) ?? '');
  return {
    status,
    delivered: timesSeen.size,
    lost: ids.filter((id) => says(id, 'OK') && !timesSeen.has(id)),
    twice: [...timesSeen].filter(([, times]) => times > 1).map(([id]) => id),
    denied: ids.filter((id) => says(id, 'ERROR', 'CANCELED') && timesSeen.has(id)),
  };
}

/** What the log says of each message of this line. */
async function statusesOf(database: Database, lineId: string): Promise<Map<string, string>> {
  const rows = await database.query<{ id: string; status: string }>(
    'SELECT cdls_id AS id, cdls_status AS status FROM cdls WHERE v8l_id = $1::bigint ORDER BY 1',
    [lineId],
  );
  return new Map(rows.map((row) => [row.id, row.status]));
}

/** How often Graph accepted each message, of one page or of all. One without our number in it is a message of its own. */
function timesAccepted(ledger: Ledger, pageId: string | null = null): Map<string, number> {
  const times = new Map<string, number>();
  for (const entry of ledger.since(0)) {
    if (pageId !== null && entry.pageId !== pageId) continue;
    const id = parseMetadata(entry.metadata ?? '')?.cdlsId ?? `without metadata: ${entry.seq}`;
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

/** The longest time, from `fromMs` (milliseconds since 1970) on, in which Graph accepted nothing. */
export function longestSilenceMs(ledger: Ledger, fromMs: number): number {
  const times = [...ledger.since(0)].map(({ at }) => at).filter((at) => at > fromMs);
  return Math.max(...times.map((at, index) => at - (times[index - 1] ?? fromMs)));
}
