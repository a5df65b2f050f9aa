import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillBacklog } from '../support/fill-backlog.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { untilNothingPending } from '../support/rows.ts';
import { turnsOf, untilTurns } from '../support/turns.ts';

const pace = 40;
/** What may be in the lane when somebody new arrives: two seconds of the pace. */
const releaseWindow = 2 * pace;

describe.each<Backend>(['redis', 'postgres'])('a long backlog on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 20 });
  });
  afterAll(() => house?.stop());

  it('of a campaign lets single messages of its line and waiting callers pass', async ({ skip }) => {
    if (!house) return skip();
    const worker = await house.startWorker();
    const line = await house.addLine(pace);
    const filling = { customerId: house.customerId, lineIds: [line], countPerLine: 4 * releaseWindow, campaign: true };
    await fillBacklog(house.database, filling);
    await house.queue.signals.ring([line]);
    await untilTurns(house, line, { count: 1 });

    const [single = ''] = await house.send(line, 1, { dest: '6100000' });
    const [waiting = ''] = await house.send(line, 1, { lane: 'now', dest: '6100001' });
    await untilNothingPending(house.database, line, 60_000);
    expect(await turnsAfter(house, line, single), 'after the single message').toBeGreaterThan(releaseWindow);
    expect(await turnsAfter(house, line, waiting), 'after the waiting caller').toBeGreaterThan(2 * releaseWindow);
    await worker.end('SIGTERM');
  });

  it('of one line leaves the others their turns when the worker is the limit', async ({ skip }) => {
    if (!house) return skip();
    const lineIds = await Promise.all(Array.from({ length: 8 }, () => house?.addLine(pace) ?? ''));
    const before = house.simulator.ledger.size;
    const filling = { customerId: house.customerId, lineIds, countPerLine: releaseWindow, campaign: true };
    await fillBacklog(house.database, filling);
    const worker = await house.startWorker({ WORKER_CONCURRENCY: '4' });
    await Promise.all(lineIds.map((line) => house && untilNothingPending(house.database, line, 100_000)));

    const entries = [...house.simulator.ledger.since(before)];
    expect(entries).toHaveLength(lineIds.length * releaseWindow);
    const firstHalf = Map.groupBy(entries.slice(0, entries.length / 2), (entry) => entry.tokenHash);
    const counts = lineIds.map((_, n) => [...firstHalf.values()][n]?.length ?? 0);
    expect(Math.min(...counts), `of the first half: ${counts}`).toBeGreaterThanOrEqual(releaseWindow / 4);
    expect(house.simulator.ledger.summary().byMetadataDuplicates).toBe(0);
    await worker.end('SIGTERM');
  });
});

/** How many of the line's turns came after this message's. */
async function turnsAfter(house: House, line: string, messageId: string): Promise<number> {
  const [own] = await house.database.query<{ at: number }>(
    'SELECT extract(epoch FROM turn_at)::float8 * 1000 AS at FROM attempt WHERE cdls_id = $1::bigint',
    [messageId],
  );
  const turns = await turnsOf(house, line);
  return turns.filter((turn) => own !== undefined && turn > own.at).length;
}
