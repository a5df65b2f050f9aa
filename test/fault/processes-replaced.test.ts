import { afterEach, describe, expect, it } from 'vitest';
import { type Balancer, openBalancer } from '../support/balancer.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { promisedIn, startLoad } from '../support/load.ts';
import { untilNothingPending } from '../support/rows.ts';
import { noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';
/** How long an API and a worker may take to leave, for texts. */
const leavesWithinMs = { api: 30_000, worker: 30_000 };

describe.each<Backend>(['redis', 'postgres'])('processes replaced under load, the queue on %s', (backend) => {
  let house: House | null = null;
  let balancer: Balancer | null = null;

  afterEach(async () => {
    await balancer?.close();
    await house?.stop();
  });

  it('two of each, one after the other: no caller hears a 5xx, nothing is twice, nothing unknown', async ({ skip }) => {
    house = await openHouse({ backend, latency: 150 });
    if (!house) return skip();
    const { database, simulator } = house;
    const lineId = await house.addLine(0);
    const apis = await Promise.all([house.startApi(), house.startApi()]);
    const workers = await Promise.all([house.startWorker(), house.startWorker()]);
    balancer = await openBalancer();
    for (const api of apis) balancer.add(api.url);
    const loads = [
      startLoad(house, { url: balancer.url, lineId, perSecond: 20, async: false }),
      startLoad(house, { url: balancer.url, lineId, perSecond: 20, async: true }),
    ];
    await simulator.ledger.whenAccepted(60);

    for (let round = 0; round < (long ? 3 : 1); round += 1) {
      for (const leaving of apis.splice(0)) {
        await expectToLeave(leaving, leavesWithinMs.api);
        balancer.remove(leaving.url);
        const successor = await house.startApi();
        balancer.add(successor.url);
        apis.push(successor);
      }
      for (const leaving of workers.splice(0)) {
        await expectToLeave(leaving, leavesWithinMs.worker);
        workers.push(await house.startWorker());
      }
    }
    await simulator.ledger.whenAccepted(simulator.ledger.size + 40);
    const heard = (await Promise.all(loads.map((load) => load.stop()))).flat();
    await untilNothingPending(database, lineId, 60_000);

    expect(heard.filter(({ httpStatus, status }) => httpStatus !== 202 && status !== 'OK')).toEqual([]);
    const verdict = await verdictOnLine(house, lineId, promisedIn(heard));
    expect(verdict).toEqual({ ...noHarm, sent: heard.length, unknown: 0 });
  });
});

async function expectToLeave(program: { end(signal: 'SIGTERM'): Promise<number | null> }, withinMs: number) {
  const askedAt = performance.now();
  expect(await program.end('SIGTERM')).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(withinMs);
}
