import type { Database } from '@pombo/db/database.ts';
import type { Ledger } from '@pombo/graph-simulator/ledger.ts';
import { describe, expect, it } from 'vitest';
import { destOf } from './dests.ts';
import { proveAccepted, proveSent } from './proof.ts';

const dests = { first: 3_000_000_000_000_000, count: 3 };

function logWith(rows: number, recipients: number, settled: number) {
  const query = async () => [{ rows, recipients, settled }];
  return { database: { query } as unknown as Database, customerId: '1' };
}

function ledgerOf(...offsets: number[]): Ledger {
  const entries = offsets.map((offset) => ({ dest: destOf(dests.first + offset) }));
  return { since: () => entries.values() } as unknown as Ledger;
}

describe('a figure counts only', () => {
  it('when everybody has one row', async () => {
    await expect(proveAccepted(logWith(3, 3, 0), dests)).resolves.toBeUndefined();
    await expect(proveAccepted(logWith(2, 2, 0), dests)).rejects.toThrow('of 3 messages there are 2 rows');
    await expect(proveAccepted(logWith(4, 3, 0), dests)).rejects.toThrow('4 rows for 3 recipients');
  });

  it('when Graph had one message for each', async () => {
    const log = logWith(3, 3, 3);
    await expect(proveSent(log, ledgerOf(2, 0, 1), 0, dests)).resolves.toBeUndefined();
    await expect(proveSent(log, ledgerOf(0, 1), 0, dests)).rejects.toThrow('Graph had 2');
    await expect(proveSent(log, ledgerOf(0, 1, 1), 0, dests)).rejects.toThrow('Graph had 3, for 2');
    await expect(proveSent(log, ledgerOf(0, 1, 2, 2), 0, dests)).rejects.toThrow('Graph had 4, for 3');
    await expect(proveSent(log, ledgerOf(0, 1, 7), 0, dests)).rejects.toThrow('for 2 of the recipients');
  });
});
