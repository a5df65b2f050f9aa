import { disableOperator } from '@pombo/db/operators.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { type House, openHouse } from '../support/house.ts';
import { addOperator, fillSignIn, testPassword } from '../support/operators.ts';
import type { Program } from '../support/program.ts';
import { testActor } from '../support/test-actor.ts';

let house: House;
let prisma: Prisma;
let browser: Browser | null;
let program: Program | undefined;
let url: string;
/** What the browser had against a page: a style or a script that our own policy forbids, for instance. */
let complaints: string[] = [];

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
  prisma = openPrisma(house.database);
  browser = await openBrowser();
  if (!browser) return;
  program = await house.startConsole();
  url = program.url;
});
afterAll(async () => {
  await browser?.close();
  await program?.end('SIGTERM');
  await house.stop();
});

afterEach(() => {
  expect(complaints).toEqual([]);
  complaints = [];
});

/** A browser of its own: no cookie is shared with the others. */
async function openVisit(): Promise<Page | null> {
  const context = await browser?.newContext();
  const page = (await context?.newPage()) ?? null;
  page?.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text());
  });
  return page;
}

const overview = (page: Page) => page.getByRole('heading', { name: 'Latest messages' });
const sentence = (page: Page) => page.getByRole('alert').textContent();

it('makes the first operator by ADMIN_TOKEN, and signs out and in', async ({ skip }) => {
  const page = await openVisit();
  if (!page) return skip();
  await page.goto(url);
  await makeFirst(page, 'not the token');
  expect(await sentence(page)).toBe('That is not the ADMIN_TOKEN.');
  await makeFirst(page, house.environment.ADMIN_TOKEN ?? '');
  await overview(page).waitFor();
  expect(await page.locator('header').textContent()).toContain('ana admin');
  const cookies = await page.context().cookies();
  expect(cookies).toMatchObject([{ name: 'pombo', httpOnly: true, sameSite: 'Lax', path: '/' }]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Password').waitFor();
  expect(await page.context().cookies()).toEqual([]);
  await page.context().addCookies(cookies);
  await page.goto(url);
  expect(await overview(page).count()).toBe(0);

  await fillSignIn(page, 'ana');
  await overview(page).waitFor();
});

it('says no more than that name or password is wrong, and lets a guesser wait', async ({ skip }) => {
  const page = await openVisit();
  if (!page) return skip();
  await addOperator(prisma, 'bia');
  await page.goto(url);
  for (const _try of [1, 2, 3]) {
    await fillSignIn(page, 'bia', 'not the password');
    expect(await sentence(page)).toBe('The name or the password is wrong.');
  }
  await fillSignIn(page, 'bia');
  expect(await sentence(page)).toMatch(/^Too many tries have failed\. Try again in \d s\.$/);
  await expect
    .poll(
      async () => {
        await fillSignIn(page, 'bia');
        return overview(page).count();
      },
      { timeout: 10_000, interval: 1_000 },
    )
    .toBe(1);
});

it('takes the page away from an operator who is disabled while it is open', async ({ skip }) => {
  const page = await openVisit();
  if (!page) return skip();
  await addOperator(prisma, 'caio');
  await page.goto(url);
  await fillSignIn(page, 'caio');
  await overview(page).waitFor();
  // It asks for itself, and that is no use of the session.
  const asksItself = () => page.waitForResponse((response) => response.url().endsWith('&reload'));
  await asksItself();
  await house.database.query(
    `UPDATE operator_session s SET seen_at = seen_at - interval '30 minutes'
     FROM operator o WHERE o.operator_id = s.operator_id AND o.name = 'caio'`,
  );
  await asksItself();
  await overview(page).waitFor();
  expect(await minutesUnused('caio')).toBeGreaterThanOrEqual(30);
  await page.reload();
  await overview(page).waitFor();
  expect(await minutesUnused('caio')).toBeLessThan(1);

  await disableOperator(prisma, testActor, 'caio', new Date());
  await page.getByLabel('Password').waitFor();
  expect(await overview(page).count()).toBe(0);
  await fillSignIn(page, 'caio');
  expect(await sentence(page)).toBe('The name or the password is wrong.');
});

it('takes nothing that a page of another site posts', async ({ skip }) => {
  const page = await openVisit();
  if (!page) return skip();
  await addOperator(prisma, 'duda');
  await page.goto(url);
  await fillSignIn(page, 'duda');
  await overview(page).waitFor();
  // Even with the token of the form, which it has no way to read.
  const form = await page.locator('input[name=form]').getAttribute('value');
  const body = `<form method="post" action="${url}/sign-out"><input name="form" value="${form}"><button>Win</button></form>`;
  await page.route('http://evil.example/', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto('http://evil.example/');
  await page.getByRole('button', { name: 'Win' }).click();
  await page.getByText('This was not started by a page of this console.').waitFor();
  await page.goto(url);
  await overview(page).waitFor();
});

it('can be filled in with the keyboard alone, on a phone', async ({ skip }) => {
  const page = await openVisit();
  if (!page) return skip();
  await addOperator(prisma, 'eva');
  await page.setViewportSize({ width: 360, height: 640 });
  await page.goto(url);
  await page.locator('#name:focus').waitFor();
  await page.keyboard.type('eva');
  await page.keyboard.press('Tab');
  await page.keyboard.type(testPassword);
  await page.keyboard.press('Enter');
  await overview(page).waitFor();
  const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  expect(await page.evaluate(tooWide)).toBeLessThanOrEqual(0);
});

async function makeFirst(page: Page, token: string): Promise<void> {
  await page.getByLabel('ADMIN_TOKEN').fill(token);
  await page.getByLabel('Name').fill('ana');
  await page.getByLabel('Password').fill(testPassword);
  const button = page.getByRole('button', { name: 'Make the first operator' });
  await Promise.all([page.waitForEvent('load'), button.click()]);
}

async function minutesUnused(name: string): Promise<number> {
  const [row] = await house.database.query<{ minutes: number }>(
    `SELECT extract(epoch FROM clock_timestamp() - seen_at)::float8 / 60 AS minutes
     FROM operator_session JOIN operator USING (operator_id) WHERE name = $1`,
    [name],
  );
  return row?.minutes ?? Number.NaN;
}
