import { setTimeout as pause } from 'node:timers/promises';
import type { Rule } from '@pombo/graph-simulator/weather.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letTimePass, lookAtGate, watchGate } from '../support/gate-looks.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { openPages, type Page } from '../support/pages.ts';
import { attemptsByOutcome, untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { noHarm, verdictOnPage } from '../support/verdict.ts';

const long = process.env.POMBO_FAULTS === 'long';
const pace = long ? 40 : 20;
const stormMs = long ? 30_000 : 4_000;
/** More than the full pace would send before and during the storm; the long form also watches the pace come back. */
const messages = long ? 5_000 : 120;
const beforeTheStorm = 10;

/** The three looks of being too fast: with Meta's usage header, without a word of explanation, and only above a rate. */
const storms: { name: string; rule: Omit<Rule, 'match'> }[] = [
  { name: 'with the usage header', rule: { effect: { kind: 'throttle' } } },
  { name: 'without any header', rule: { effect: { kind: 'error', code: 613 } } },
  { name: 'above a rate', rule: { abovePerSecond: pace / 4, effect: { kind: 'error', code: 613 } } },
];

describe.concurrent.each<Backend>(['redis', 'postgres'])('Graph says 613 for a while, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 50 });
  });
  afterAll(() => house?.stop());

  it('nothing is lost, the pace falls and returns, and other pages are untouched', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator, send } = house;
    const pages = openPages(house);
    const stormy = await Promise.all(storms.map(async (storm) => ({ ...storm, page: await pages.add(pace) })));
    const calm = [await pages.add(pace), await pages.add(pace)];
    await Promise.all([house.startWorker(), house.startWorker()]);

    const everywhere = [...stormy.map(({ page }) => page), ...calm];
    const watches = new Map(everywhere.map((page) => [page, watchGate(database, page)]));
    for (const page of everywhere) await send(page.lineId, messages);
    await until(
      () => everywhere.every((page) => acceptedAt(house, page).length >= beforeTheStorm),
      60_000,
      () => simulator.ledger.summary(),
    );
    for (const { rule, page } of stormy) simulator.weather.add({ ...rule, match: { pageId: page.pageId } });
    const begunAt = performance.now();
    await pause(stormMs);
    await until(
      async () => (await Promise.all(stormy.map(({ page }) => throttledOf(house, page)))).every((count) => count > 0),
      60_000,
      () => simulator.weather.list(),
    );
    simulator.weather.clear();
    const stormSeconds = (performance.now() - begunAt) / 1_000;

    // A page without a storm keeps its pace: its last message leaves when the pace says so, give or take the machine.
    for (const page of calm) await untilNothingPending(database, page.lineId, (messages / pace) * 1_000 + 30_000);
    if (!long) for (const { page } of stormy) await letTimePass(database, page, 90);
    for (const { page } of stormy) await untilNothingPending(database, page.lineId, long ? 420_000 : 30_000);

    for (const page of calm) {
      const looks = (await watches.get(page)?.stop()) ?? [];
      expect(looks.filter((look) => look.share < 1 || look.blocked || look.closed)).toEqual([]);
      expect(await attemptsByOutcome(database, page.lineId)).toEqual({ sent: messages });
    }
    for (const { name, page } of stormy) {
      const looks = (await watches.get(page)?.stop()) ?? [];
      const { sent, throttled = 0, ...others } = await attemptsByOutcome(database, page.lineId);
      const said = await verdictOnPage(database, simulator.ledger, page);
      expect({ name, ...said }).toEqual({ name, status: { OK: messages }, delivered: messages, ...noHarm });
      expect({ name, sent, others }).toEqual({ name, sent: messages, others: {} });
      // Had the pace stayed, every second of the storm would have cost a second's worth of calls.
      expect(throttled).toBeLessThan((pace * stormSeconds) / 2);
      expect({ name, lowest: Math.min(...looks.map((look) => look.share)) < 1 }).toEqual({ name, lowest: true });
      expect({ name, ...(await lookAtGate(database, page)) }).toMatchObject({ name, share: 1, blocked: false });
      // By the ledger: some second of the last ones went at nearly the configured pace.
      if (long) expect(busiestSecond(acceptedAt(house, page).slice(-10 * pace))).toBeGreaterThanOrEqual(0.8 * pace);
    }
  });
});

async function throttledOf(house: House | null, page: Page): Promise<number> {
  return house === null ? 0 : ((await attemptsByOutcome(house.database, page.lineId)).throttled ?? 0);
}

/** When Graph accepted the messages of this page, in milliseconds since 1970. */
function acceptedAt(house: House | null, { pageId }: Page): number[] {
  const entries = house?.simulator.ledger.entries() ?? [];
  return entries.filter((entry) => entry.pageId === pageId).map((entry) => entry.at);
}

function busiestSecond(times: readonly number[]): number {
  return Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 1_000).length));
}
