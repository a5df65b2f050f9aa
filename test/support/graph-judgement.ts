import type { Database } from '@pombo/db/database.ts';
import { parseMetadata } from '@pombo/graph/metadata.ts';
import type { Ledger } from '@pombo/graph-simulator/ledger.ts';
import type { Page } from './graph-page.ts';

/** What the log and Graph's ledger say of one page's messages, held against each other. */
export interface Judgement {
  /** Messages by their status in the log. */
  status: Record<string, number>;
  /** Messages Graph accepted at least once. */
  delivered: number;
  /** Accepted more than once. */
  twice: string[];
  /** The log says `OK`, and Graph has never seen it. */
  lost: string[];
  /** The log says that it was not sent, and Graph accepted it. */
  denied: string[];
}

export const nothingWrong = { twice: [], lost: [], denied: [] };

export async function judge(database: Database, ledger: Ledger, page: Page): Promise<Judgement> {
  const rows = await database.query<{ id: string; status: string }>(
    'SELECT cdls_id AS id, cdls_status AS status FROM cdls WHERE v8l_id = $1::bigint ORDER BY 1',
    [page.lineId],
  );
  const accepted = acceptances(ledger, page);
  const status: Record<string, number> = {};
  for (const row of rows) status[row.status] = (status[row.status] ?? 0) + 1;
  const idsOf = (bad: (status: string, times: number) => boolean) =>
    rows.filter((row) => bad(row.status, accepted.get(row.id) ?? 0)).map((row) => row.id);
  return {
    status,
    delivered: accepted.size,
    twice: [...accepted].filter(([, times]) => times > 1).map(([id]) => id),
    lost: idsOf((word, times) => word === 'OK' && times === 0),
    denied: idsOf((word, times) => (word === 'ERROR' || word === 'CANCELED') && times > 0),
  };
}

/** How often Graph accepted each message of this page. */
function acceptances(ledger: Ledger, { pageId }: Page): Map<string, number> {
  const times = new Map<string, number>();
  for (const entry of ledger.since(0)) {
    if (entry.pageId !== pageId) continue;
    const id = parseMetadata(entry.metadata ?? '')?.cdlsId ?? `without metadata: ${entry.seq}`;
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}
