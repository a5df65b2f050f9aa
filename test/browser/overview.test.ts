import { readHistory } from '@pombo/db/history.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { browserBackends } from '../support/browser-backends.ts';
import { type House, openHouse } from '../support/house.ts';
import { addOperator, fillSignIn } from '../support/operators.ts';
import type { Program } from '../support/program.ts';
import { untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';

const refused = { kind: 'error', code: 551, subcode: 1545041 } as const;

describe.each(browserBackends('redis'))('the overview on %s', (backend) => {
  let house: House | null;
  let browser: Browser | null = null;
  let consoleProgram: Program | undefined;
  let consoleUrl: string;
  let lineId: string;

  beforeAll(async () => {
    house = await openHouse({ backend });
    if (!house) return;
    browser = await openBrowser();
    if (!browser) return;
    await addOperator(openPrisma(house.database), 'ana');
    [consoleProgram] = await Promise.all([house.startConsole(), house.startWorker(), house.startApi()]);
    consoleUrl = consoleProgram.url;
    lineId = await house.addLine(0);
    house.simulator.weather.add({ match: { dest: '7000000' }, effect: refused });
    await house.send(lineId, 40);
    await house.send(lineId, 3, { dest: '7000000' });
    await untilNothingPending(house.database, lineId, 60_000);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await consoleProgram?.end('SIGTERM');
    await house?.stop();
  });

  async function openOverview(address = '/', look: Parameters<Browser['newPage']>[0] = {}): Promise<Page | null> {
    const page = await browser?.newPage(look);
    if (!page) return null;
    page.setDefaultTimeout(20_000);
    await page.goto(consoleUrl + address);
    await fillSignIn(page, 'ana');
    // Signing in leads to the first page.
    await page.goto(consoleUrl + address);
    return page;
  }

  it('says in numbers what happened, what waits, who works, and where to go from there', async ({ skip }) => {
    const page = house && (await openOverview());
    if (!page || !house) return skip();
    await page.locator('tr', { hasText: 'worker' }).first().getByText('alive').waitFor();
    const tile = (name: string) => page.locator('.totals div', { hasText: name }).first().locator('dd').textContent();
    expect(await tile('workers alive')).toBe('1');
    expect(await tile('time to drain')).toBe('nothing waits');
    expect(await tile('unknown')).toBe('0');
    expect(await page.textContent('main')).toContain('Time to drain: 0 that still have to go');
    expect(await page.locator('tr', { hasText: 'worker' }).first().textContent()).toMatch(/bulk: 0 of \d+ calls open/);
    await page.locator('tr', { hasText: 'api' }).first().getByText('0 callers wait').waitFor();

    // The table says what the history says: to the message.
    await page.getByText('As numbers').first().click();
    const cells = await page.locator('#numbers-messages tbody td.number').allTextContents();
    const sum = (column: number) => cells.reduce((all, cell, at) => all + (at % 2 === column ? Number(cell) : 0), 0);
    expect([sum(0), sum(1)]).toEqual([43, 43]);
    await page.locator('#numbers-errors summary').click();
    expect(await page.locator('#numbers-errors th.number').allTextContents()).toEqual(['refused recipient']);

    expect(await page.locator(`a[href="/lines/${lineId}"]`).count()).toBeGreaterThan(0);
    const [latest] = await house.database.query<{ id: string }>('SELECT max(cdls_id) AS id FROM cdls');
    await page.locator(`a[href="/messages/${latest?.id}"]`).waitFor();
    await page.close();
  });

  it('draws every figure, and in colours for light and dark', async ({ skip }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = house && (await openOverview('/', { colorScheme }));
      if (!page) return skip();
      for (const figure of ['messages', 'waiting', 'outcomes', 'errors']) {
        await page.locator(`[data-figure="${figure}"] canvas`).waitFor();
        expect(await coloursDrawn(page, figure), `${figure} in ${colorScheme}`).toBeGreaterThan(3);
      }
      await page.close();
    }
  });

  it('goes from span to span by addresses that can be shared', async ({ skip }) => {
    const page = house && (await openOverview('/?span=24h'));
    if (!page || !house) return skip();
    const spans = page.getByRole('navigation', { name: 'How far back' });
    expect(await spans.locator('[aria-current]').textContent()).toBe('last 24 hours');
    await spans.getByText('last 7 days').click();
    await page.waitForURL('**/?span=7d');
    await page.getByText('Messages in and out, per hour').waitFor();
    await page.locator('[data-figure="messages"] canvas').waitFor();
    const told = await page.evaluate<Told>("fetch('/history.json?span=7d').then((answer) => answer.json())");
    expect(told.at).toHaveLength(168);
    const settled = told.figures[0]?.series[1]?.values.reduce((sum, n) => sum + n, 0);
    const history = await readHistory(house.database, '7d');
    expect(settled).toBe(
      history.reduce((sum, { counts }) => sum + (counts['settled OK'] ?? 0) + (counts['settled ERROR'] ?? 0), 0),
    );
    await page.goto(`${consoleUrl}/?span=%3Cscript%3E`);
    expect(await page.locator('[aria-current="true"]').textContent()).toBe('last hour');
    await page.close();
  });

  it('keeps one plot for each figure however often it is freshened, and what was opened stays open', async ({
    skip,
  }) => {
    const page = house && (await openOverview());
    if (!page || !house) return skip();
    await page.locator('[data-figure="errors"] canvas').waitFor();
    await page.locator('#numbers-outcomes summary').click();
    await page.evaluate("document.addEventListener('pombo:fresh', () => { window.seen = (window.seen ?? 0) + 1; })");
    const countOf = (what: string) => page.locator(what).count();
    const before = await countOf('*');
    await house.send(lineId, 5);
    await until(() => page.evaluate('window.seen >= 3'), 60_000);
    await page.locator('[data-figure="errors"] canvas').waitFor();
    expect(await countOf('[data-figure] canvas')).toBe(4);
    expect(await countOf('.uplot')).toBe(4);
    expect(await coloursDrawn(page, 'messages')).toBeGreaterThan(3);
    expect(await page.locator('#numbers-outcomes').getAttribute('open')).not.toBeNull();
    // A few more rows of what happened meanwhile, and nothing besides.
    expect(await countOf('*')).toBeLessThan(before + 250);
    await page.close();
  });

  it('fits a phone, and is redrawn for it', async ({ skip }) => {
    const page = house && (await openOverview());
    if (!page) return skip();
    await page.locator('[data-figure="waiting"] canvas').waitFor();
    await page.setViewportSize({ width: 380, height: 800 });
    const widthOf = () => page.locator('[data-figure="waiting"] .u-wrap').evaluate((plot) => plot.clientWidth);
    await until(async () => (await widthOf()) <= 360, 20_000, widthOf);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(380);
    await page.close();
  });

  it('says the same without scripts', async ({ skip }) => {
    const page = house && (await openOverview('/', { javaScriptEnabled: false }));
    if (!page) return skip();
    await page.getByText('As numbers').first().click();
    expect(await page.locator('#numbers-messages tbody tr').count()).toBeGreaterThan(0);
    expect(await page.locator('canvas').count()).toBe(0);
    await page.close();
  });

  it('tells a stranger nothing, and a page that is only left open does not keep its session', async ({ skip }) => {
    const page = house && (await openOverview());
    if (!page || !house) return skip();
    expect((await fetch(`${consoleUrl}/history.json?span=1h`)).status).toBe(401);
    await house.database.query("UPDATE operator_session SET seen_at = now() - interval '30 minutes'");
    const freshened = page.waitForResponse((answer) => answer.url().includes('/history.json'));
    await freshened;
    const [session] = await house.database.query<{ old: boolean }>(
      "SELECT bool_and(seen_at < now() - interval '29 minutes') AS old FROM operator_session",
    );
    expect(session?.old).toBe(true);
    await page.close();
  });
});

interface Told {
  at: number[];
  figures: { series: { values: number[] }[] }[];
}

/** How many different colours stand on the canvas of a figure: an empty one has one. */
function coloursDrawn(page: Page, figure: string): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector('[data-figure="${figure}"] canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 4).join());
    return colours.size;
  })()`);
}
