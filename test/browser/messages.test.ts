import { listAudit } from '@pombo/db/audit.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { browserBackends } from '../support/browser-backends.ts';
import { type House, openHouse } from '../support/house.ts';
import { addOperator, fillSignIn } from '../support/operators.ts';
import type { Program } from '../support/program.ts';
import { untilNothingPending } from '../support/rows.ts';

const hostile = '<script>document.title="stolen"</script><img src=x onerror="document.title=\'stolen\'">';
const backwards = '\u202eright to left';
/** People the simulated Graph has a fixed answer for. */
const [blocked, unsure] = ['1000000000000551', '1000000000000001'];

describe.each(browserBackends('postgres'))('on %s', (backend) => {
  let house: House | null;
  let prisma: Prisma;
  let browser: Browser | null;
  let program: Program | undefined;
  let worker: Program | undefined;
  let url: string;
  let line: string;
  let ids: { sent: string; refused: string; unknown: string };
  let complaints: string[] = [];

  beforeAll(async () => {
    house = await openHouse({ backend });
    browser = await openBrowser();
    if (!house || !browser) return;
    prisma = openPrisma(house.database);
    await addOperator(prisma, 'ana', 'operator');
    await addOperator(prisma, 'vera', 'viewer');
    program = await house.startConsole();
    url = program.url;
    worker = await house.startWorker();
    line = await house.addLine(0);
    const one = async (dest: string) =>
      (await house?.send(line, 1, { dest, data: hostile, reference: `${hostile}${backwards}` }))?.[0] ?? '';
    ids = { sent: await one('4455667788'), refused: await one(blocked), unknown: await one(unsure) };
    await untilNothingPending(house.database, line, 60_000);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await program?.end('SIGTERM');
    await house?.stop();
  });
  afterEach(() => {
    expect(complaints).toEqual([]);
    complaints = [];
  });

  async function visit(name: string, path: string): Promise<Page | null> {
    const context = house && (await browser?.newContext());
    if (!context) return null;
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text());
    });
    await page.goto(url);
    await fillSignIn(page, name);
    await page.goto(`${url}${path}`);
    return page;
  }

  const shown = (page: Page) => page.locator('tbody tr td:first-child').allTextContents();
  const stateShown = (page: Page) => page.locator('h1 span').textContent();
  /** A line that sends nothing, with messages that wait on it. */
  async function held(count: number): Promise<{ lineId: string; ids: string[] }> {
    if (!house) throw new Error('no house');
    const lineId = await house.addLine(0);
    await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = now() WHERE v8l_id = $1::bigint', [lineId]);
    return { lineId, ids: await house.send(lineId, count) };
  }

  it('searches by every key, alone and together, by an address that can be shared', async ({ skip }) => {
    const page = await visit('ana', '/messages');
    if (!page) return skip();
    await page.getByLabel('PSID').fill(blocked);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL(/dest=1000000000000551/);
    expect(await shown(page)).toEqual([ids.refused]);
    const [meta] =
      (await house?.database.query<{ id: string }>('SELECT cdls_return_id AS id FROM cdls WHERE cdls_id = $1::bigint', [
        ids.sent,
      ])) ?? [];
    const searches: [string, string[]][] = [
      [`id=${ids.sent}`, [ids.sent]],
      [`mid=${encodeURIComponent(meta?.id ?? '')}`, [ids.sent]],
      [`msg_id=${encodeURIComponent(`${hostile}${backwards}`)}`, [ids.unknown, ids.refused, ids.sent]],
      [`line=${line}&state=ERROR`, [ids.refused]],
      [`line=${line}&class=refused_recipient`, [ids.refused]],
      ['state=unknown&class=meta_is_unsure', [ids.unknown]],
      [`state=OK&line=${line}&from=2020-01-01T00:00`, [ids.sent]],
      ['campaign=1', []],
      ['until=2020-01-01', []],
    ];
    for (const [query, found] of searches) {
      await page.goto(`${url}/messages?${query}`);
      expect([query, await shown(page)]).toEqual([query, found]);
    }
    await page.goto(`${url}/messages?line=none`);
    expect(await page.getByRole('alert').textContent()).toContain('cannot be searched for');
    expect(await page.title()).toContain('Pombo');
  });

  it('turns pages by key', async ({ skip }) => {
    const { lineId, ids: many } = house ? await held(60) : { lineId: '', ids: [] };
    const page = await visit('vera', `/messages?line=${lineId}`);
    if (!page) return skip();
    const newestFirst = many.toSorted((a, b) => Number(b) - Number(a));
    expect(await shown(page)).toEqual(newestFirst.slice(0, 50));
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL(/before=/);
    expect(await shown(page)).toEqual(newestFirst.slice(50));
    await page.getByRole('link', { name: 'Newest' }).click();
    await page.getByRole('link', { name: 'Older' }).waitFor();
  });

  it('shows a message as a timeline, and what it says does nothing', async ({ skip }) => {
    const page = await visit('vera', `/messages/${ids.refused}`);
    if (!page) return skip();
    expect(await stateShown(page)).toBe('ERROR');
    expect(await page.locator('pre.content').textContent()).toBe(hostile);
    const timeline = await page.locator('.timeline').textContent();
    for (const word of [
      'Accepted',
      'Attempt 1: refused',
      '551/1545041',
      'refused_recipient',
      'fbtrace_id',
      'total',
      'Settled: ERROR',
    ])
      expect(timeline).toContain(word);
    expect(await page.title()).toBe(`Pombo: message ${ids.refused}`);
    expect(await page.locator('img').count()).toBe(0);
    // A viewer sees no button, and gets nowhere without one.
    expect(await page.getByRole('button', { name: 'Replay' }).count()).toBe(0);
    const form = await page.locator('input[name=form]').first().getAttribute('value');
    const answer = await page.request.post(`${url}/messages/${ids.refused}/replay`, {
      form: { form: form ?? '' },
      headers: { origin: url },
    });
    expect(answer.status()).toBe(403);
    await page.goto(`${url}/messages/999999999`);
    await page.getByText('There is no such message.').waitFor();
  });

  it('replays one that failed, once, and cancels one that waits', async ({ skip }) => {
    const page = await visit('ana', `/messages/${ids.refused}`);
    if (!page) return skip();
    await page.getByRole('button', { name: 'Replay this message' }).click();
    await page.waitForURL(/said=replayed/);
    await page.getByText('This is the replay.').waitFor();
    const replay = /messages\/(\d+)/.exec(page.url())?.[1] ?? '';
    await page.goto(`${url}/messages/${ids.refused}`);
    expect(await page.getByRole('button', { name: 'Replay' }).count()).toBe(0);
    await page.getByText(`It was replayed as message ${replay}`).waitFor();

    const waiting = (await held(1)).ids[0] ?? '';
    await page.goto(`${url}/messages/${waiting}`);
    await page.getByText('Its line is paused.').waitFor();
    await page.getByRole('button', { name: 'Cancel this message' }).click();
    await page.getByText('It is canceled.').waitFor();
    expect(await stateShown(page)).toBe('CANCELED');
    const deeds = (await listAudit(prisma, 2, { who: 'ana' })).map(({ who, action, object }) => [who, action, object]);
    expect(deeds).toEqual([
      ['ana', 'cancel message', waiting],
      ['ana', 'replay message', `${ids.refused} as ${replay}`],
    ]);
  });

  it('settles what is unknown by an operator’s word', async ({ skip }) => {
    const page = await visit('ana', `/messages/${ids.unknown}`);
    if (!page) return skip();
    expect(await stateShown(page)).toBe('unknown');
    await page.getByText('It is not sent again unless somebody says so.').waitFor();
    await page.getByText('Say what became of it').click();
    await page.getByLabel('Meta id, where it is known').fill('m_by_hand');
    await page.getByRole('button', { name: 'It arrived' }).click();
    await page.getByText('Your word is recorded.').waitFor();
    expect(await stateShown(page)).toBe('OK');
    await page.goto(`${url}/messages?mid=m_by_hand`);
    expect(await shown(page)).toEqual([ids.unknown]);
  });

  it('does something to all that a search finds, after a preview, and shows how far it is', async ({ skip }) => {
    const { lineId } = house ? await held(30) : { lineId: '' };
    const page = await visit('ana', `/messages?line=${lineId}&state=backlog`);
    if (!page) return skip();
    await page.getByRole('link', { name: 'Cancel …' }).click();
    await page.getByRole('heading', { name: 'Cancel: 30 messages' }).waitFor();
    await page.getByRole('button', { name: 'Cancel them all' }).click();
    await page.waitForURL(/bulk-actions\/\d+$/);
    const canceled = page.url();
    await expect.poll(() => stateShown(page), { timeout: 40_000 }).toBe('finished');
    expect(await page.locator('.totals dd').allTextContents()).toEqual(['30', '0', '0', '30']);

    await page.goto(`${url}/messages?line=${lineId}&state=CANCELED`);
    await page.getByRole('link', { name: 'Replay …' }).click();
    await page.getByRole('button', { name: 'Replay them all' }).click();
    await expect.poll(() => stateShown(page), { timeout: 40_000 }).toBe('finished');
    await page.getByText('replayed', { exact: true }).waitFor();
    await page.goto(`${url}/bulk-actions`);
    expect(await page.locator('tbody tr').count()).toBe(2);
    expect(canceled).toContain((await shown(page))[1] ?? 'none');
    expect((await listAudit(prisma, 1))[0]).toMatchObject({ who: 'ana', action: 'end bulk action', howMany: 30 });
  });

  it('stops a bulk action, and lets no viewer begin one', async ({ skip }) => {
    const { lineId } = house ? await held(5) : { lineId: '' };
    const page = await visit('ana', `/bulk-actions/new?kind=cancel&state=backlog&line=${lineId}`);
    if (!page) return skip();
    // Nobody is there to carry it out.
    await worker?.end('SIGTERM');
    await page.getByRole('button', { name: 'Cancel them all' }).click();
    await page.waitForURL(/bulk-actions\/\d+$/);
    expect(await stateShown(page)).toBe('running');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('It is stopped.').waitFor();
    expect(await stateShown(page)).toBe('stopped');
    expect((await listAudit(prisma, 1))[0]).toMatchObject({ who: 'ana', action: 'stop bulk action', howMany: 0 });

    const viewer = await visit('vera', '/messages?state=ERROR');
    expect(await viewer?.getByRole('link', { name: 'Replay …' }).count()).toBe(0);
    await viewer?.goto(`${url}/bulk-actions/new?kind=replay&state=ERROR`);
    await viewer?.getByText('As viewer you may not do this.').waitFor();
  });

  it('fits on a phone', async ({ skip }) => {
    const page = await visit('ana', '/messages');
    if (!page) return skip();
    await page.setViewportSize({ width: 380, height: 700 });
    for (const path of [
      '/messages',
      `/messages/${ids.refused}`,
      '/bulk-actions',
      '/bulk-actions/new?kind=replay&state=ERROR',
      '/bulk-actions/1',
    ]) {
      await page.goto(`${url}${path}`);
      const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect([path, await page.evaluate(tooWide)]).toEqual([path, 0]);
    }
  });
});
