import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { countByStatus, untilNothingPending } from '../support/rows.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';

describe.each<Backend>(['redis', 'postgres'])('a worker that dies on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 150 });
  });
  afterAll(() => house?.stop());

  it('SIGKILL in the middle of 500 sends: nothing lost, nothing twice, and what was in flight says unknown', async ({
    skip,
  }) => {
    if (!house) return skip();
    const { database, simulator } = house;
    const line = await house.addLine(0);
    const first = await house.startWorker({ WORKER_CONCURRENCY: '40' });
    const ids = await house.send(line, 500);
    await simulator.ledger.whenAccepted(120);
    await first.end('SIGKILL');
    const inFlight = await leasesOf(house, line);
    expect(inFlight.length).toBeGreaterThan(0);
    // The short form does not wait for the leases: the database is told that they are over.
    if (!long)
      await database.query("UPDATE delivery SET lease_until = now() - interval '1 second' WHERE state = 'sending'");

    const second = await house.startWorker();
    await untilNothingPending(database, line, 120_000);
    await second.end('SIGTERM');
    const counts = await countByStatus(database, line);
    expect((counts.OK ?? 0) + (counts.WR ?? 0)).toBe(ids.length);
    expect(counts.WR).toBe(inFlight.length);

    const summary = simulator.ledger.summary();
    expect(summary.byMetadataDuplicates).toBe(0);
    expect(await lostOf(house, line)).toEqual([]);
  });

  it('SIGSTOP past its lease, then continued: nothing is sent twice', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator } = house;
    const line = await house.addLine(0);
    const frozen = await house.startWorker({ WORKER_CONCURRENCY: '40' });
    const before = simulator.ledger.size;
    await house.send(line, 200);
    await simulator.ledger.whenAccepted(before + 40);
    frozen.signal('SIGSTOP');

    const other = await house.startWorker();
    if (long) await untilNothingPending(database, line, 120_000);
    // Its leases are over, and another worker has taken what is left while it stands still.
    await database.query("UPDATE delivery SET lease_until = now() - interval '1 second' WHERE state = 'sending'");
    await untilNothingPending(database, line, 120_000);
    frozen.signal('SIGCONT');
    // Draining lets every delivery it holds come to its end, so each has had its chance to do harm.
    expect(await frozen.end('SIGTERM')).toBe(0);
    expect(simulator.ledger.summary().byMetadataDuplicates).toBe(0);
    expect(await lostOf(house, line)).toEqual([]);
    await other.end('SIGTERM');
  });

  it('SIGTERM under load: exit 0, the open calls are recorded, and the rest goes on elsewhere', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator } = house;
    const line = await house.addLine(0);
    const leaving = await house.startWorker({ WORKER_CONCURRENCY: '40' });
    const before = simulator.ledger.size;
    await house.send(line, 300);
    await simulator.ledger.whenAccepted(before + 60);
    expect(await leaving.end('SIGTERM')).toBe(0);
    expect(await leasesOf(house, line)).toEqual([]);

    await house.startWorker();
    await untilNothingPending(database, line, 60_000);
    expect(await countByStatus(database, line)).toEqual({ OK: 300 });
    expect(simulator.ledger.summary().byMetadataDuplicates).toBe(0);
  });
});

function leasesOf(house: House, line: string) {
  return house.database.query("SELECT cdls_id FROM delivery WHERE v8l_id = $1::bigint AND state = 'sending'", [line]);
}

/** Messages the log calls sent and Graph has never seen. */
async function lostOf(house: House, line: string): Promise<string[]> {
  const seen = new Set(house.simulator.ledger.entries().map((entry) => JSON.parse(entry.metadata ?? '{}').cdls_id));
  const rows = await house.database.query<{ id: string }>(
    "SELECT cdls_id AS id FROM cdls WHERE v8l_id = $1::bigint AND cdls_status = 'OK'",
    [line],
  );
  return rows.map((row) => row.id).filter((id) => !seen.has(id));
}
