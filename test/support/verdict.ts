import { parseMetadata } from '@pombo/graph/metadata.ts';
import type { Ledger } from '@pombo/graph-simulator/ledger.ts';
import type { House } from './house.ts';

/** What Graph's ledger and our rows say together about the messages of one line. */
export interface Verdict {
  /** Graph has it, and the row says OK. */
  sent: number;
  /** The row says that nobody knows. */
  unknown: number;
  /** Promised, and neither sent nor unknown: no row, no final word, given up, or called OK though Graph never saw it. */
  lost: string[];
  /** Accepted by Graph more than once. */
  twice: string[];
  /** The row says that it was not sent, and Graph has it. */
  denied: string[];
}

/** Nothing that was promised is lost, nothing was sent twice, and no row denies what was done. */
export const noHarm = { lost: [], twice: [], denied: [] } as const;

/** Judges a line whose messages are all at their end. `promised`: the numbers of what was accepted. */
export async function verdictOn(house: House, lineId: string, promised: readonly string[]): Promise<Verdict> {
  const rows = await house.database.query<{ id: string; status: string }>(
    'SELECT cdls_id AS id, cdls_status AS status FROM cdls WHERE v8l_id = $1::bigint',
    [lineId],
  );
  const statusOf = new Map(rows.map((row) => [row.id, row.status]));
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

function timesAccepted(ledger: Ledger): Map<string, number> {
  const times = new Map<string, number>();
  for (const { metadata } of ledger.since(0)) {
    const id = metadata === null ? null : parseMetadata(metadata)?.cdlsId;
    if (id) times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

/** The longest time, from `fromMs` (milliseconds since 1970) on, in which Graph accepted nothing. */
export function longestSilenceMs(ledger: Ledger, fromMs: number): number {
  const times = [...ledger.since(0)].map(({ at }) => at).filter((at) => at > fromMs);
  return Math.max(...times.map((at, index) => at - (times[index - 1] ?? fromMs)));
}
