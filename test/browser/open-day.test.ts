import { startCampaign } from '@pombo/db/campaign-moves.ts';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDraft } from '../support/campaign.ts';
import { type ConsoleHouse, openConsoleHouse } from '../support/console-house.ts';
import { newMessage } from '../support/new-message.ts';
import { type OpenDay, openDay } from '../support/open-day.ts';
import { untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { type Weight, weightOf } from '../support/weight-of.ts';

const isLong = process.env.POMBO_BROWSER === 'long';
const minutesMs = 60_000;
/** In the long form a whole day: seventeen thousand refreshes of each page take most of an hour. */
/** `awayMs`: twice in a day nobody answers for so long. */
const form = isLong
  ? { morningMs: 15 * minutesMs, dayMs: 24 * 60 * minutesMs, awayMs: 6 * minutesMs, withinMs: 3 * 60 * minutesMs }
  : { morningMs: 2 * minutesMs, dayMs: 13 * minutesMs, awayMs: 3 * minutesMs, withinMs: 3 * minutesMs };
const aRefreshMs = 5_000;

// On one backend in either form: what these pages ask is in PostgreSQL.
describe('pages that are left open for a day', () => {
  let rooms: ConsoleHouse | null;
  let line: string;
  let day: OpenDay;

  beforeAll(async () => {
    rooms = await openConsoleHouse('redis');
    if (!rooms) return;
    const { house } = rooms;
    line = await house.addLine(0);
    const worker = await house.startWorker();
    await house.send(line, 40);
    await house.send(line, 3, { dest: '1000000000000551' });
    await untilNothingPending(house.database, line, 60_000);
    // Nobody works from here on: what the pages show stays the same, and what they hold on to has to.
    await worker.end('SIGTERM');
    const [waiting] = await house.send(line, 20);
    const parties = { customerId: house.customerId, lineId: line };
    const campaign = await addDraft(house.database, { ...parties, dests: ['71', '72', '73'] });
    await startCampaign(house.database, house.customerId, campaign, null);
    const visitor = await rooms.visit('ana', 'operator');
    day = await openDay(visitor.context(), {
      overview: `${rooms.url}/`,
      line: `${rooms.url}/lines/${line}`,
      messages: `${rooms.url}/messages`,
      // The rest is made of the same parts.
      ...(isLong && {
        lines: `${rooms.url}/lines`,
        campaign: `${rooms.url}/campaigns/${campaign}`,
        message: `${rooms.url}/messages/${waiting}`,
      }),
    });
    await visitor.close();
  }, 120_000);
  afterAll(() => rooms?.stop());

  it(
    'hold on to no more in the evening than in the morning, whatever has happened',
    async ({ skip }) => {
      if (!rooms) return skip();
      const { house } = rooms;
      await day.freshFor(form.morningMs);
      const morning = await weighAll();

      await rooms.endConsole();
      await nobodyAnswers();
      await rooms.startConsole();
      await day.untilFresh();
      await house.postgres.kill('SIGQUIT');
      await nobodyAnswers();
      await house.postgres.restart();
      await day.untilFresh();

      await day.freshFor(form.dayMs - form.morningMs - 2 * form.awayMs);
      for (const [name, page] of day.pages) {
        const before = morning.get(name);
        if (!before) throw new Error(`${name} was not there in the morning`);
        // A page or two that were shown last may still be there for a moment; what stays after each refresh never goes.
        let more: Growth = { refreshes: 0, weight: before.weight };
        const look = async () => {
          await day.freshFor(aRefreshMs);
          more = growthOf(before, await weigh(page));
          return isBounded(more);
        };
        await until(look, 20_000, () => ({ name, before, more }));
        expect(more.refreshes, name).toBeGreaterThan(50);
        expect(await page.locator('#stale').isVisible(), name).toBe(false);
      }
    },
    form.withinMs,
  );

  it('show by themselves what is accepted then', async ({ skip }) => {
    if (!rooms) return skip();
    const { accept, customerId } = rooms.house;
    const message = newMessage(await accept.drawId(), { customerId, lineId: line, dest: '5566778899' });
    expect(await accept.accept(message)).toMatchObject({ kind: 'accepted' });
    await day.untilFresh();
    for (const name of ['overview', 'messages']) {
      await day.pages.get(name)?.locator(`a[href="/messages/${message.messageId}"]`).waitFor();
    }
    // What waits is counted once a second: the count that a refresh shows may be the one before.
    await until(async () => {
      await day.freshFor(aRefreshMs);
      return (await day.pages.get('line')?.locator('.totals dd').first().textContent()) === '21';
    });
    expect(rooms.complaints).toEqual([]);
  });

  it('say that the session is over, and ask no more', async ({ skip }) => {
    if (!rooms) return skip();
    await rooms.house.database.query('DELETE FROM operator_session');
    for (const page of day.pages.values()) {
      await until(async () => {
        await day.passFor(minutesMs);
        return page.getByText('Your session is over. Sign in again.').isVisible();
      });
    }
    const before = [...day.pages.values()].map(day.asked);
    await day.passFor(60 * minutesMs);
    expect([...day.pages.values()].map(day.asked)).toEqual(before);
  });

  async function weighAll(): Promise<Map<string, Growth>> {
    const weights = new Map<string, Growth>();
    for (const [name, page] of day.pages) {
      // What the test itself brings into a page with its first look is there from the morning on.
      expect(await page.locator('#stale').isVisible(), name).toBe(false);
      weights.set(name, await weigh(page));
    }
    for (let again = 0; again < 3; again += 1) {
      await day.freshFor(aRefreshMs);
      for (const [name, page] of day.pages) {
        const [one, other] = [weights.get(name), await weigh(page)];
        if (one) weights.set(name, { refreshes: other.refreshes, weight: lighterOf(one.weight, other.weight) });
      }
    }
    return weights;
  }

  async function weigh(page: Page): Promise<Growth> {
    return { refreshes: await day.timesFresh(page), weight: await weightOf(page) };
  }

  /** The pages say so, and ask at most once a minute or so. */
  async function nobodyAnswers(): Promise<void> {
    const asked = new Map([...day.pages.values()].map((page) => [page, day.asked(page)]));
    await day.passFor(form.awayMs);
    for (const [name, page] of day.pages) {
      expect(await page.locator('#stale').textContent(), name).toContain('cannot be kept fresh just now');
      expect(day.asked(page) - (asked.get(page) ?? 0), name).toBeLessThan(form.awayMs / minutesMs + 6);
    }
  }
});

/** How often a page was refreshed, and what it holds on to then. */
interface Growth {
  refreshes: number;
  weight: Weight;
}

function growthOf(before: Growth, after: Growth): Growth {
  return {
    refreshes: after.refreshes - before.refreshes,
    weight: eachOf(before.weight, after.weight, (one, other) => other - one),
  };
}

/** What is kept of each refresh would be there as often as the page was refreshed. */
function isBounded({ refreshes, weight }: Growth): boolean {
  const { nodes, listeners, documents, heapBytes } = weight;
  const most = refreshes / 2;
  return nodes < most && listeners < most && documents < 5 && heapBytes < 500_000 + 200 * refreshes;
}

function lighterOf(one: Weight, other: Weight): Weight {
  return eachOf(one, other, Math.min);
}

function eachOf(one: Weight, other: Weight, of: (one: number, other: number) => number): Weight {
  return {
    heapBytes: of(one.heapBytes, other.heapBytes),
    nodes: of(one.nodes, other.nodes),
    listeners: of(one.listeners, other.listeners),
    documents: of(one.documents, other.documents),
  };
}
