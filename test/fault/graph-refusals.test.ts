import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtGate } from '../support/gate-looks.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { openPages, type Page } from '../support/pages.ts';
import { countByStatus, untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { noHarm, verdictOnPage } from '../support/verdict.ts';

const long = process.env.POMBO_FAULTS === 'long';
const refusals = long ? 500 : 20;
const others = long ? 2_000 : 60;

/** Refusals that speak of one person, each in the dress of something graver. */
const aboutOnePerson = [
  { code: 200, subcode: 1545041, is: 'has blocked the page' },
  { code: 10, subcode: 2018278, is: 'has not written for more than a day' },
];

describe.concurrent.each<Backend>(['redis', 'postgres'])('Graph refuses, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend });
    await Promise.all([house?.startWorker(), house?.startWorker()]);
  });
  afterAll(() => house?.stop());

  it.for(aboutOnePerson)(
    '$code/$subcode again and again, for one who $is: the line goes on',
    async (error, { skip }) => {
      if (!house) return skip();
      const { database, simulator, send } = house;
      const page = await openPages(house).add(0);
      const dest = '7000000';
      simulator.weather.add({ match: { pageId: page.pageId, dest }, effect: { kind: 'error', ...error } });

      for (let n = 0; n < refusals; n += 1) await send(page.lineId, 1, { dest });
      await send(page.lineId, others);
      // One's messages go one after the other, and the last of them meets a line where nothing else succeeds any more.
      await untilNothingPending(database, page.lineId, 30_000 + 200 * refusals);
      const said = await verdictOnPage(database, simulator.ledger, page);
      expect(said).toEqual({ status: { OK: others, ERROR: refusals }, delivered: others, ...noHarm });
      expect(await lookAtGate(database, page)).toMatchObject({
        parkedAt: null,
        share: 1,
        blocked: false,
        closed: false,
      });
    },
  );

  it('for want of a permission: three recipients in a row park the line, with their messages still waiting', async ({
    skip,
  }) => {
    if (!house) return skip();
    const { database, send } = house;
    const { page, refuse } = await pageThatRefuses(house);

    await refuse('1');
    await refuse('2');
    // The same person again is no further evidence.
    await refuse('2');
    expect((await lookAtGate(database, page)).parkedAt).toBeNull();
    await refuse('3');
    const parked = await lookAtGate(database, page);
    expect(parked.parkedAt).not.toBeNull();
    expect(parked.parkedReason).toMatch(/permission/i);

    await send(page.lineId, 5);
    await send(page.lineId, 1, { lane: 'now', dest: '8000000' });
    await until(
      async () => (await countByStatus(database, page.lineId)).ERROR === 5,
      10_000,
      () => countByStatus(database, page.lineId),
    );
    expect(await countByStatus(database, page.lineId)).toEqual({ ERROR: 5, PENDING: 5 });
  });

  it('for want of a permission, and a success between: the line goes on', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator } = house;
    const { page, refuse, succeed } = await pageThatRefuses(house);

    await refuse('1');
    await refuse('2');
    await succeed('11');
    await refuse('3');
    await refuse('4');
    expect((await lookAtGate(database, page)).parkedAt).toBeNull();
    await succeed('12');
    const said = await verdictOnPage(database, simulator.ledger, page);
    expect(said).toEqual({ status: { OK: 2, ERROR: 4 }, delivered: 2, ...noHarm });
  });
});

/** A page that may send to recipients of two digits and to no others. One message at a time, so that the order is known. */
async function pageThatRefuses(house: House) {
  const { database, simulator, send } = house;
  const page: Page = await openPages(house).add(0);
  for (const dest of ['1', '2', '3', '4']) {
    simulator.weather.add({ match: { pageId: page.pageId, dest }, effect: { kind: 'error', code: 200 } });
  }
  const endsAs = (status: string) => async (dest: string) => {
    const before = (await countByStatus(database, page.lineId))[status] ?? 0;
    await send(page.lineId, 1, { dest });
    await until(
      async () => (await countByStatus(database, page.lineId))[status] === before + 1,
      20_000,
      () => countByStatus(database, page.lineId),
    );
  };
  return { page, refuse: endsAs('ERROR'), succeed: endsAs('OK') };
}
