import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@pombo/db/database.ts';
import type { Ledger } from '@pombo/graph-simulator/ledger.ts';
import { type Dests, numberOf } from './dests.ts';

/** Settles are written a moment after Graph's answer. */
const settledWithinMs = 30_000;

interface Log {
  database: Database;
  customerId: string;
}

/** Throws unless each of these recipients has one row. */
export async function proveAccepted(log: Log, dests: Dests): Promise<void> {
  const { rows, recipients } = await countRows(log, dests);
  if (rows !== dests.count || recipients !== dests.count) {
    throw new Error(`of ${dests.count} messages there are ${rows} rows for ${recipients} recipients`);
  }
}

/** Throws unless each of these recipients has one row that says OK, and Graph has had one message for each since then. */
export async function proveSent(log: Log, ledger: Ledger, since: number, dests: Dests): Promise<void> {
  await proveAccepted(log, dests);
  await untilSettled(log, dests);
  const sent = [...ledger.since(since)].map(({ dest }) => numberOf(dest));
  const own = new Set(sent.filter((dest) => dest >= dests.first && dest < dests.first + dests.count));
  if (sent.length !== dests.count || own.size !== dests.count) {
    throw new Error(`of ${dests.count} messages Graph had ${sent.length}, for ${own.size} of the recipients`);
  }
}

async function untilSettled(log: Log, dests: Dests): Promise<void> {
  const giveUpAt = performance.now() + settledWithinMs;
  for (;;) {
    const { settled } = await countRows(log, dests);
    if (settled === dests.count) return;
    if (performance.now() > giveUpAt) throw new Error(`of ${dests.count} messages ${settled} were settled as OK`);
    await sleep(50);
  }
}

async function countRows({ database, customerId }: Log, { first, count }: Dests) {
  const [row] = await database.query<{ rows: number; recipients: number; settled: number }>(
    `SELECT count(*)::int AS rows, count(DISTINCT cdls_dest)::int AS recipients,
            count(*) FILTER (WHERE cdls_status = 'OK')::int AS settled
     FROM generate_series($2::bigint, $3::bigint) AS n JOIN cdls ON cdls_dest = reverse(n::text)
     WHERE cdcs_id = $1::bigint`,
    [customerId, first, first + count - 1],
  );
  return row ?? { rows: 0, recipients: 0, settled: 0 };
}
