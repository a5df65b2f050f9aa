import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mostWithin } from '../../bench/windows.ts';
import { fillBacklog } from '../support/fill-backlog.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { attemptsByOutcome, countByStatus, untilNothingPending } from '../support/rows.ts';
import { turnsOf, untilTurns } from '../support/turns.ts';

const pace = 40;

describe.each<Backend>(['redis', 'postgres'])('the pace of a line with two workers at it, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 80 });
    await Promise.all([house?.startWorker(), house?.startWorker()]);
  });
  afterAll(() => house?.stop());

  it('is never more than one turn over in any second; nothing is lost, nothing sent twice', async ({ skip }) => {
    if (!house) return skip();
    const line = await lineWithBacklog(house, 160);
    await untilNothingPending(house.database, line, 60_000);
    expect(await countByStatus(house.database, line)).toEqual({ OK: 160 });
    const turns = await turnsOf(house, line);
    // Turns that came too late were given back and taken again.
    expect(turns.length).toBeGreaterThanOrEqual(160);
    expect(await attemptsByOutcome(house.database, line)).toEqual({ sent: 160 });
    expect(mostWithin(turns, 1000)).toBeLessThanOrEqual(pace + 1);
    expect(house.simulator.ledger.summary().byMetadataDuplicates).toBe(0);
  });

  it('lends synchronous sends two turns, and bulk pays them back', async ({ skip }) => {
    if (!house) return skip();
    const line = await lineWithBacklog(house, 160);
    await untilTurns(house, line, { count: 1 });
    await house.send(line, 6, { lane: 'now' });
    await untilNothingPending(house.database, line, 60_000);
    expect(await countByStatus(house.database, line)).toEqual({ OK: 166 });
    expect(mostWithin(await turnsOf(house, line), 1000)).toBeLessThanOrEqual(pace + 3);
    expect(house.simulator.ledger.summary().byMetadataDuplicates).toBe(0);
  });
});

async function lineWithBacklog(house: House, count: number): Promise<string> {
  const line = await house.addLine(pace);
  const filling = { customerId: house.customerId, lineIds: [line], countPerLine: count, campaign: true };
  await fillBacklog(house.database, filling);
  await house.queue.signals.ring([line]);
  return line;
}
