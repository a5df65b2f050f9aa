import { openPrisma } from '@pombo/db/prisma.ts';
import type { Browser, Page as BrowserPage } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { browserBackends } from '../support/browser-backends.ts';
import { addFedCampaign } from '../support/campaign.ts';
import { type House, openHouse } from '../support/house.ts';
import { addOperator, fillSignIn } from '../support/operators.ts';
import { openPages, type Page, type Pages } from '../support/pages.ts';
import type { Program } from '../support/program.ts';
import { untilNothingPending } from '../support/rows.ts';

const hostile = `<script>alert(1)</script>${'w'.repeat(2_000)}\u202e\u05d0\u05d1`;

describe.each(browserBackends('redis'))('the room of lines, on %s', (backend) => {
  let house: House | null;
  let browser: Browser | null;
  let program: Program | undefined;
  let pages: Pages;
  let url: string;
  /** What the browser had against a page: a script that our own policy forbids, for instance. */
  let complaints: string[] = [];

  beforeAll(async () => {
    house = await openHouse({ backend });
    browser = await openBrowser();
    if (!house || !browser) return;
    pages = openPages(house);
    const prisma = openPrisma(house.database);
    await addOperator(prisma, 'vera', 'viewer');
    await addOperator(prisma, 'omar', 'operator');
    await addOperator(prisma, 'ada', 'admin');
    [program] = await Promise.all([house.startConsole(), house.startWorker()]);
    url = program.url;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await program?.end('SIGTERM');
    await house?.stop();
  });
  afterEach(() => {
    expect(complaints).toEqual([]);
    complaints = [];
  });

  /** A browser of its own, signed in. */
  async function visit(name: string, path: string): Promise<BrowserPage | null> {
    if (!house) return null;
    const page = await (await browser?.newContext())?.newPage();
    page?.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text());
    });
    page?.on('dialog', (dialog) => complaints.push(dialog.message()));
    await page?.goto(url + path);
    if (page) await fillSignIn(page, name);
    await page?.goto(url + path);
    return page ?? null;
  }

  const press = async (page: BrowserPage, name: string) => {
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name, exact: true }).click()]);
    return said(page);
  };
  const said = (page: BrowserPage) => page.getByRole('status').filter({ visible: true }).allTextContents();
  const standing = (page: BrowserPage) => page.locator('main strong').first().textContent();
  const buttons = (page: BrowserPage) => page.locator('main button').allTextContents();
  const lineRow = async (lineId: string) => {
    const [row] = (await house?.database.query<Record<string, unknown>>(
      'SELECT * FROM cd_v8_line JOIN line_gate USING (v8l_id) WHERE v8l_id = $1::bigint',
      [lineId],
    )) ?? [{}];
    return row ?? {};
  };
  const rename = (lineId: string, name: string) =>
    house?.database.query('UPDATE cd_v8_line SET v8l_name = $2 WHERE v8l_id = $1::bigint', [lineId, name]);

  it('shows lines by filter and by page, each with its own address', async ({ skip }) => {
    const page = await visit('vera', '/lines');
    if (!page || !house) return skip();
    const [quiet, parked] = [await pages.add(40), await pages.add(40)];
    await rename(quiet.lineId, hostile);
    await rename(parked.lineId, 'Padaria São João');
    await house.database.query(
      "UPDATE cd_v8_line SET v8l_parked_at = now(), v8l_parked_reason = 'Meta says <b>no</b>', v8l_parked_mend = 'operator' WHERE v8l_id = $1::bigint",
      [parked.lineId],
    );
    const ids = () => page.locator('tbody tr td:first-child a').allTextContents();

    await page.goto(`${url}/lines`);
    expect((await ids())[0]).toBe(parked.lineId);
    expect(await ids()).toContain(quiet.lineId);
    expect(await page.locator('tbody').textContent()).toContain('<script>alert(1)</script>');

    await page.getByLabel('Name, page id or number').fill('são');
    await page.getByLabel('Standing').selectOption('parked');
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Show' }).click()]);
    expect(await ids()).toEqual([parked.lineId]);
    const shared = page.url();
    await page.goto(url);
    await page.goto(shared);
    expect(await ids()).toEqual([parked.lineId]);
    expect(await page.getByLabel('Standing').inputValue()).toBe('parked');

    await page.goto(`${url}/lines?text=${quiet.pageId}`);
    expect(await ids()).toEqual([quiet.lineId]);
    await Promise.all([page.waitForEvent('load'), page.getByRole('link', { name: quiet.lineId, exact: true }).click()]);
    expect(page.url()).toBe(`${url}/lines/${quiet.lineId}`);

    await page.goto(url);
    await page.locator(`a[href="/lines/${parked.lineId}"]`).waitFor();
    await page.goto(`${url}/lines/999999999999`);
    expect(await page.getByRole('alert').textContent()).toBe('There is no such page.');
  });

  it('shows what a line does, keeps it fresh, and fits a phone', async ({ skip }) => {
    const line = house ? await pages.add(100) : null;
    const page = line && (await visit('vera', `/lines/${line.lineId}`));
    if (!page || !house || !line) return skip();
    await rename(line.lineId, hostile);
    const campaign = await addFedCampaign(house.database, {
      customerId: house.customerId,
      lineId: line.lineId,
      queued: 0,
    });
    const [first] = await house.send(line.lineId, 3);
    await house.send(line.lineId, 2, { dest: '1000000000000100' });
    await untilNothingPending(house.database, line.lineId, 30_000);

    // The page that is open learns of it by itself.
    const main = async () => (await page.locator('main').textContent()) ?? '';
    await expect.poll(main, { timeout: 20_000 }).toMatch(/sent-3\d.*\n?.*refusedrefused_request2\d/);
    expect(await page.locator(`a[href="/messages/${first}"]`).count()).toBeGreaterThan(0);
    expect(await main()).toMatch(/Texts, images, files100\/s100\/s0\.\d\/s, 0 %/);
    expect(await page.locator(`a[href="/campaigns/${campaign}"]`).count()).toBe(1);
    expect(await standing(page)).toBe('open');
    expect(await buttons(page)).toEqual([]);
    expect(await page.content()).not.toContain(line.token);

    await page.setViewportSize({ width: 380, height: 700 });
    const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(tooWide)).toBeLessThanOrEqual(0);
    await page.goto(`${url}/lines`);
    expect(await page.evaluate(tooWide)).toBeLessThanOrEqual(0);
  });

  it('lets an operator pause, resume, pace and probe a line', async ({ skip }) => {
    const line = house ? await pages.add(40) : null;
    const page = line && (await visit('omar', `/lines/${line.lineId}`));
    if (!page || !house || !line) return skip();
    expect(await buttons(page)).toEqual(['Pause', 'Probe now', 'Set']);

    expect(await press(page, 'Pause')).toEqual(['The line is paused. Its messages wait.']);
    expect(await standing(page)).toBe('paused');
    expect(await press(page, 'Resume')).toEqual(['The line may send again.']);
    expect(await standing(page)).toBe('open');

    await page.getByText('Set the pace').click();
    await page.getByLabel('Texts, images, files, a second').fill('12.5');
    await page.getByLabel('Audio and video, a second').fill('2');
    expect(await press(page, 'Set')).toEqual(['The line has its new pace from the next turn on.']);
    expect(await lineRow(line.lineId)).toMatchObject({ v8l_pace: 12.5, v8l_media_pace: 2 });
    await page.getByText('Set the pace').click();
    await page.getByLabel('Texts, images, files, a second').fill('9000');
    await press(page, 'Set');
    expect(await page.getByRole('alert').textContent()).toContain('0.001 to 300');
    expect(await lineRow(line.lineId)).toMatchObject({ v8l_pace: 12.5 });

    await page.goto(`${url}/lines/${line.lineId}`);
    expect(await press(page, 'Probe now')).toEqual(['Graph takes the token.']);
    house.simulator.weather.add({ match: { token: line.token }, effect: { kind: 'error', code: 190, subcode: 460 } });
    expect(await press(page, 'Probe now')).toEqual(['The line is parked: Graph refused the token (code 190/460).']);
    expect(await standing(page)).toBe('parked');
    expect(await press(page, 'Resume')).toEqual(['The line may send again.']);
  });

  it('lets an administrator replace a token, which is asked about and never shown, and deactivate a line', async ({
    skip,
  }) => {
    const line: Page | null = house ? await pages.add(40) : null;
    const page = line && (await visit('ada', `/lines/${line.lineId}`));
    if (!page || !house || !line) return skip();
    const replace = async (token: string) => {
      await page.getByText('Replace the token').click();
      expect(await page.getByLabel('Page access token', { exact: true }).getAttribute('type')).toBe('password');
      await page.getByLabel('Page access token', { exact: true }).fill(token);
      const notices = await press(page, 'Replace');
      expect(await page.content()).not.toContain(token);
      expect(page.url()).not.toContain(token);
      return notices;
    };
    const before = await lineRow(line.lineId);
    expect(await replace('EAAexpired_0123456789abcdef')).toEqual([
      'The line has its new token.',
      'The line is parked: Graph refused the token (code 190/463).',
    ]);
    expect(await standing(page)).toBe('parked');
    expect(await replace(`EAA_page_${line.pageId}_another_one_0123456789`)).toEqual([
      'The line has its new token.',
      'Graph takes the token.',
    ]);
    expect(await standing(page)).toBe('open');
    expect((await lineRow(line.lineId)).v8l_wa_api_key).not.toBe(before.v8l_wa_api_key);

    await page.getByText('Deactivate', { exact: true }).click();
    expect(await press(page, 'Deactivate the line')).toEqual([expect.stringContaining('The line is deactivated')]);
    expect(await standing(page)).toBe('inactive');
    expect(await press(page, 'Activate')).toEqual(['The line is active.']);
    expect(await standing(page)).toBe('open');
    expect(program?.output()).not.toContain('another_one_0123456789');
  });
});
