import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtGate, watchGate } from '../support/gate-looks.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { openPages, type Page } from '../support/pages.ts';
import { countByStatus, untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { noHarm, verdictOnPage } from '../support/verdict.ts';

const long = process.env.POMBO_FAULTS === 'long';
const pace = 40;
const stormMs = long ? 60_000 : 8_000;
/** Enough for the full pace all through the storm, had nobody noticed it, and the long form's way back to that pace. */
const messages = long ? 3_000 : 120;
const beforeTheStorm = 40;

describe.concurrent.each<Backend>(['redis', 'postgres'])('a gateway before Graph fails, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 150 });
  });
  afterAll(() => house?.stop());

  it('few messages become unknown, none is lost or sent twice, and sending begins again by itself', async ({
    skip,
  }) => {
    if (!house) return skip();
    const { database, simulator, send } = house;
    const pages = openPages(house);
    const lines = [await pages.add(pace), await pages.add(pace)];
    await Promise.all([house.startWorker(), house.startWorker()]);
    const watches = lines.map((page) => watchGate(database, page));

    for (const page of lines) await send(page.lineId, messages);
    await until(
      () => lines.every((page) => acceptedOf(house, page) >= beforeTheStorm),
      60_000,
      () => simulator.ledger.summary(),
    );
    simulator.weather.add({ forMs: stormMs, effect: { kind: 'html_502' } });
    await pause(stormMs);

    const looks = await Promise.all(watches.map((watch) => watch.stop()));
    for (const [n, page] of lines.entries()) {
      const seen = looks[n] ?? [];
      const inFlight = Math.max(...seen.map((look) => look.open.now + look.open.bulk));
      const { WR: unknown = 0 } = await countByStatus(database, page.lineId);
      expect(unknown).toBeGreaterThan(0);
      expect(unknown).toBeLessThanOrEqual(inFlight + 20);
      expect(seen.some((look) => look.closed)).toBe(true);
    }

    // Recovered: every line delivers again, not only its trial calls, and its gate is open.
    const before = lines.map((page) => acceptedOf(house, page));
    const hasRecovered = async (page: Page, n: number) =>
      acceptedOf(house, page) >= (before[n] ?? 0) + 10 && !(await lookAtGate(database, page)).closed;
    await until(
      async () => (await Promise.all(lines.map(hasRecovered))).every(Boolean),
      60_000,
      () => Promise.all(lines.map((page) => lookAtGate(database, page))),
    );

    for (const page of lines) {
      await untilNothingPending(database, page.lineId, long ? 300_000 : 60_000);
      const said = await verdictOnPage(database, simulator.ledger, page);
      const unknown = said.status.WR ?? 0;
      const delivered = messages - unknown;
      expect(said).toEqual({ status: { OK: delivered, WR: unknown }, delivered, ...noHarm });
    }
  });
});

function acceptedOf(house: House | null, { pageId }: Page): number {
  return house?.simulator.ledger.summary().byPage[pageId] ?? 0;
}
