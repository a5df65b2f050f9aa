import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtGate, watchGate } from '../support/graph-gate.ts';
import { judge, nothingWrong } from '../support/graph-judgement.ts';
import { openPages, type Page } from '../support/graph-page.ts';
import { until } from '../support/graph-until.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { untilNothingPending } from '../support/rows.ts';

const long = process.env.POMBO_FAULTS === 'long';
const pace = 40;
const stormMs = long ? 60_000 : 8_000;
/** Enough for the full pace all through the storm, had nobody noticed it, and the long form's way back to that pace. */
const messages = long ? 4_000 : 160;
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
    await house.startWorker();
    await house.startWorker();
    const watches = lines.map((page) => watchGate(database, page));

    for (const page of lines) await send(page.lineId, messages);
    await until(
      () => lines.every((page) => acceptedOf(house, page) >= beforeTheStorm),
      20_000,
      () => simulator.ledger.summary(),
    );
    simulator.weather.add({ forMs: stormMs, effect: { kind: 'html_502' } });
    const stormEndsAt = performance.now() + stormMs;
    // Calls that were forecast fair weather are accepted a moment later; what counts is what comes after the storm.
    await until(
      () => performance.now() > stormEndsAt,
      stormMs + 1_000,
      () => null,
    );
    const atTheEnd = lines.map((page) => acceptedOf(house, page));

    // Recovered: every line delivers again, more than its trial calls, and its gate is open.
    await until(
      async () => {
        const gates = await Promise.all(lines.map((page) => lookAtGate(database, page)));
        return lines.every(
          (page, n) => acceptedOf(house, page) >= (atTheEnd[n] ?? 0) + 10 && gates[n]?.closed === false,
        );
      },
      60_000,
      () => ({ atTheEnd, now: lines.map((page) => acceptedOf(house, page)) }),
    );
    for (const page of lines) await untilNothingPending(database, page.lineId, long ? 300_000 : 60_000);

    for (const [n, page] of lines.entries()) {
      const looks = (await watches[n]?.stop()) ?? [];
      const inFlight = Math.max(...looks.map((look) => look.open.now + look.open.bulk));
      const said = await judge(database, simulator.ledger, page);
      const unknown = said.status.WR ?? 0;
      expect(unknown).toBeGreaterThan(0);
      expect(unknown).toBeLessThanOrEqual(inFlight + 20);
      expect(said).toEqual({
        status: { OK: messages - unknown, WR: unknown },
        delivered: messages - unknown,
        ...nothingWrong,
      });
      expect(looks.some((look) => look.closed)).toBe(true);
    }
  });
});

function acceptedOf(house: House | null, { pageId }: Page): number {
  return house?.simulator.ledger.summary().byPage[pageId] ?? 0;
}
