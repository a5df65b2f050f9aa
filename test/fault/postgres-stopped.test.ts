import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { promisedIn, startLoad } from '../support/load.ts';
import { endForgottenLeases, untilNothingPending } from '../support/rows.ts';
import { longestSilenceMs, noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';
const outageMs = long ? 10_000 : 5_000;
const sendingAgainMs = 10_000;
/** The short form shares its machine with another file's tests. */
const refusedWithinMs = long ? 1_000 : 2_000;

describe.each<Backend>(['redis', 'postgres'])('PostgreSQL stopped under load, the queue on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 150 });
  });
  afterAll(() => house?.stop());

  it('what was promised is sent once, what was refused never, and it goes on by itself', async ({ skip }) => {
    if (!house) return skip();
    const { database, postgres, simulator } = house;
    const lineId = await house.addLine(0);
    const [api] = await Promise.all([house.startApi(), house.startWorker(), house.startWorker()]);
    const loads = [
      startLoad(house, { url: api.url, lineId, perSecond: 30, async: true }),
      startLoad(house, { url: api.url, lineId, perSecond: 10, async: false }),
    ];
    await simulator.ledger.whenAccepted(long ? 400 : 80);

    // As `pg_ctl stop -m immediate` does.
    await postgres.kill('SIGQUIT');
    const goneAt = Date.now();
    await pause(outageMs);
    const startedAgainAt = Date.now();
    await postgres.restart();
    const backAt = Date.now();
    await simulator.ledger.whenAccepted(simulator.ledger.size + (long ? 400 : 100));
    const heard = (await Promise.all(loads.map((load) => load.stop()))).flat();
    if (!long) await endForgottenLeases(database);
    await untilNothingPending(database, lineId, 90_000);

    expect(longestSilenceMs(simulator.ledger, backAt)).toBeLessThan(sendingAgainMs);
    const meanwhile = heard.filter(({ askedAt, answeredAt }) => askedAt > goneAt && answeredAt < startedAgainAt);
    expect(meanwhile.length).toBeGreaterThan(20);
    expect(meanwhile.filter(({ httpStatus }) => httpStatus !== 503)).toEqual([]);
    const asked = heard.filter(({ askedAt }) => askedAt > goneAt && askedAt < startedAgainAt - refusedWithinMs);
    expect(asked.filter((caller) => caller.answeredAt - caller.askedAt > refusedWithinMs)).toEqual([]);

    const refused = heard.filter(({ httpStatus }) => httpStatus === 503);
    const delivered = new Set(simulator.ledger.entries().map(({ dest }) => dest));
    expect(refused.filter(({ dest, messageId }) => messageId !== '0' || delivered.has(dest))).toEqual([]);
    const rows = await database.query<{ dest: string }>('SELECT cdls_dest AS dest FROM cdls');
    const written = new Set(rows.map(({ dest }) => dest));
    expect(refused.filter(({ dest }) => written.has(dest))).toEqual([]);
    expect([...new Set(heard.map(({ httpStatus }) => httpStatus))].sort()).toEqual([200, 202, 503]);

    // A commit that was cut off leaves a WR of which nobody knows; everybody answered before has a row.
    const promised = heard.filter(({ answeredAt, dest }) => answeredAt < goneAt - 1_000 || written.has(dest));
    const verdict = await verdictOnLine(house, lineId, promisedIn(promised));
    expect(verdict).toMatchObject(noHarm);
    // A claim that was cut off leaves an unknown, though nothing was sent.
    expect(verdict.unknown).toBeLessThan(20);
  });
});
