import { addRecipients, beginUpload } from '@pombo/db/campaign-list.ts';
import { startCampaign } from '@pombo/db/campaign-moves.ts';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserBackends } from '../support/browser-backends.ts';
import { addDraft } from '../support/campaign.ts';
import { type ConsoleHouse, excessWidth, openConsoleHouse } from '../support/console-house.ts';

const dests = (count: number) => Array.from({ length: count }, (_, index) => String(7_000_000 + index));
const withinMs = 30_000;

/** What the table of progress says, by its first word. */
async function countsOn(page: Page): Promise<Record<string, string>> {
  const rows = await page.locator('h2:has-text("Progress") ~ .scroll').first().locator('tbody tr, tfoot tr').all();
  const cells = await Promise.all(rows.map((row) => row.locator('td, th').allTextContents()));
  return Object.fromEntries(cells.map(([word, , count]) => [word ?? '', count ?? '']));
}

describe.each(browserBackends('postgres'))('campaigns, with the queue on %s', (backend) => {
  let rooms: ConsoleHouse | null;
  let lineId: string;

  beforeAll(async () => {
    rooms = await openConsoleHouse(backend);
    if (!rooms) return;
    lineId = await rooms.house.addLine(0);
    await rooms.house.startWorker();
  }, 120_000);
  afterAll(() => rooms?.stop());
  afterEach(() => expect(rooms?.complaints ?? []).toEqual([]));

  const draft = ({ house }: ConsoleHouse, name: string, over = {}) =>
    addDraft(house.database, { customerId: house.customerId, lineId, dests: dests(20), over: { name, ...over } });

  it('are found, started, and followed to their end', async ({ skip }) => {
    if (!rooms) return skip();
    const page = await rooms.visit('ana', 'operator');
    const id = await draft(rooms, 'harvest of pears');
    await draft(rooms, 'harvest of apples');
    await page.getByRole('link', { name: 'Campaigns' }).click();
    await page.getByLabel('Name has').fill('PEARS');
    await page.getByLabel('State').selectOption('draft');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/name=PEARS/);
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.locator(`a[href="/campaigns/${id}"]`).click();
    expect(await countsOn(page)).toMatchObject({ waiting: '20', sent: '0', together: '20' });

    await page.getByRole('button', { name: 'Start now' }).click();
    await page.getByText('The campaign has been started.').waitFor();
    // The page keeps itself fresh.
    await page.getByText('100 % handled: 20 of 20 recipients').waitFor({ timeout: withinMs });
    await page.locator('dd', { hasText: /^finished$/ }).waitFor({ timeout: withinMs });
    expect(await countsOn(page)).toMatchObject({ sent: '20', waiting: '0', queued: '0', together: '20' });
    expect(await page.getByRole('img').getAttribute('aria-label')).toBe('100 % handled: 20 of 20 recipients');
    expect(await page.getByRole('link', { name: 'Its messages' }).getAttribute('href')).toBe(
      `/messages?campaign=${id}`,
    );
    // All were sent: there is nobody to send to again, and what has ended is not canceled.
    expect(await page.locator('main form').count()).toBe(0);
  });

  it('start at a time, pause, go on, and are canceled in two steps, with the keyboard alone', async ({ skip }) => {
    if (!rooms) return skip();
    const page = await rooms.visit('bia', 'operator');
    const id = await draft(rooms, 'spring sale');
    await page.goto(`${rooms.url}/campaigns/${id}`);
    await page.locator('summary', { hasText: 'Start at a time' }).press('Enter');
    await page.getByLabel('Start at (UTC)').fill('2035-01-01T09:30');
    await page.getByRole('button', { name: 'Start then' }).press('Enter');
    await page.getByText('The campaign will start at its time.').waitFor();
    await page.getByText('2035-01-01 09:30:00 UTC').waitFor();

    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    await page.getByText('The campaign is paused.').waitFor();
    await page.getByRole('button', { name: 'Resume for all who are pending' }).press('Enter');
    await page.getByText('The campaign goes on.').waitFor();

    await page.getByRole('link', { name: 'Cancel it' }).press('Enter');
    await page.getByText('20 recipients have not been sent to').waitFor();
    await page.getByRole('link', { name: 'Leave it as it is' }).press('Enter');
    await page.locator('dd', { hasText: /^scheduled$/ }).waitFor();
    await page.getByRole('link', { name: 'Cancel it' }).press('Enter');
    await page.getByRole('button', { name: 'Cancel the campaign' }).press('Enter');
    await page.getByText('The campaign is canceled.').waitFor();
    expect(await countsOn(page)).toMatchObject({ canceled: '20', together: '20' });
    expect(await page.locator('main form').count()).toBe(0);

    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByLabel('Who').fill('bia');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/who=bia/);
    const done = await page.locator('tbody tr').allTextContents();
    expect(done.map((row) => row.replace(/^.{19}/, ''))).toEqual([
      `biacancel campaigncampaign ${id}1`,
      `biaresume campaigncampaign ${id}: pending1`,
      `biapause campaigncampaign ${id}1`,
      `biastart campaigncampaign ${id}: at 2035-01-01T09:30:00.000Z1`,
      'biasign in-1',
    ]);
    await page
      .getByRole('link', { name: `campaign ${id}` })
      .first()
      .click();
    await page.waitForURL(`${rooms.url}/campaigns/${id}`);
  });

  it('are moved by one of two operators, and the other reads what they are by now', async ({ skip }) => {
    if (!rooms) return skip();
    const [one, other] = [await rooms.visit('caio', 'operator'), await rooms.visit('duda', 'operator')];
    const id = await draft(rooms, 'two at once', { dateStart: '2035-01-01' });
    await startCampaign(rooms.house.database, rooms.house.customerId, id, null);
    // The other's page stays as it is: it is not kept fresh.
    await other.route(/reload/, (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await Promise.all([one, other].map((page) => page.goto(`${rooms?.url}/campaigns/${id}`)));
    await one.getByText('running, but sends nothing').waitFor();
    await one.getByText('outside its hours: from 2035-01-01 (UTC)').waitFor();
    await one.getByRole('button', { name: 'Pause' }).click();
    await one.getByText('The campaign is paused.').waitFor();
    await other.getByRole('button', { name: 'Pause' }).click();
    await other.getByText('Nothing was changed: the campaign is paused by now.').waitFor();
    await other.getByRole('button', { name: 'Resume for all who are pending' }).waitFor();
  });

  it('say what others wrote as text, on a phone too', async ({ skip }) => {
    if (!rooms) return skip();
    const { house } = rooms;
    const page = await rooms.visit('eva', 'viewer');
    const script = '<script>alert(1)</script><img src=x onerror=alert(1)>';
    const name = `${script} ${'x'.repeat(2_000)}`;
    const id = await draft(rooms, name, { template: `${script} {{name}}`, defaults: { name: script } });
    const media = await draft(rooms, 'שלום \u202e עולם', { type: 'image', template: 'http://pictures.example/a.png' });
    await beginUpload(house.database, house.customerId, id, script);
    const faults = [{ row: 1, column: script, because: script }];
    await addRecipients(house.database, id, script, { fromRow: 0, throughRow: 1, recipients: [], faults });
    await page.setViewportSize({ width: 380, height: 800 });
    for (const path of ['/campaigns', `/campaigns/${id}`, `/campaigns/${media}`, '/audit']) {
      await page.goto(rooms.url + path);
      expect([path, await excessWidth(page)]).toEqual([path, 0]);
    }
    await page.goto(`${rooms.url}/campaigns/${id}`);
    expect(await page.locator('pre.content').textContent()).toBe(`${script} {{name}}`);
    expect(await page.locator('main').locator('script, img').count()).toBe(0);
    expect(await page.locator('main form').count()).toBe(0);
  });
});
