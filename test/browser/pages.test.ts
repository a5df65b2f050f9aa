import { openPrisma } from '@pombo/db/prisma.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { type House, openHouse } from '../support/house.ts';
import { addOperator, fillSignIn } from '../support/operators.ts';
import type { Program } from '../support/program.ts';
import { untilNothingPending } from '../support/rows.ts';

let house: House;
let browser: Browser | null;
let consoleProgram: Program | undefined;
let consoleUrl: string;
let apiUrl: string;
const elsewhere: string[] = [];

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
  browser = await openBrowser();
  if (!browser) return;
  await addOperator(openPrisma(house.database), 'ana');
  const [program, api] = await Promise.all([house.startConsole(), house.startApi(), house.startWorker()]);
  consoleProgram = program;
  consoleUrl = program.url;
  apiUrl = api.url;
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await consoleProgram?.end('SIGTERM');
  await house.stop();
});

async function openPage(): Promise<Page | null> {
  const page = await browser?.newPage();
  page?.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') elsewhere.push(request.url());
  });
  return page ?? null;
}

it('shows an operator the lines and the latest messages, and nothing before the sign-in', async ({ skip }) => {
  const page = await openPage();
  if (!page) return skip();
  const line = await house.addLine(0);
  await house.send(line, 3, { dest: '4455667788', data: '<script>alert(1)</script>' });
  await untilNothingPending(house.database, line, 20_000);

  await page.goto(consoleUrl);
  expect(await page.textContent('body')).not.toContain('4455667788');
  await fillSignIn(page, 'ana', 'not the password');
  await page.getByRole('alert').waitFor();
  expect(await page.textContent('body')).not.toContain('4455667788');

  await fillSignIn(page, 'ana');
  await page.getByText('4455667788').first().waitFor();
  const body = await page.textContent('body');
  expect(body).toContain('OK');
  expect(body).toContain('test page');
});

it('shows an operator which lines do not send as they should, and why, and no secret', async ({ skip }) => {
  const page = await openPage();
  if (!page) return skip();
  const [parked, slowed] = [await house.addLine(40), await house.addLine(40)];
  await house.database.query(
    `UPDATE cd_v8_line SET v8l_parked_at = now(), v8l_parked_reason = 'Meta says <b>no</b>', v8l_parked_code = 400,
       v8l_parked_mend = 'token', v8l_fb_app_secret = 'v1.sealed-secret' WHERE v8l_id = $1::bigint`,
    [parked],
  );
  await house.send(parked, 7);
  // It recovers within 50 s by itself.
  await house.database.query(
    "UPDATE line_gate SET pace_share = 0.01, pace_share_at = now(), pace_because = 'Meta: too many calls' WHERE v8l_id = $1::bigint",
    [slowed],
  );
  await page.goto(consoleUrl);
  await fillSignIn(page, 'ana');
  const cellsOf = (line: string) =>
    page
      .locator('tr', { hasText: `${line} test page` })
      .first()
      .locator('td')
      .allTextContents();
  // Workers count the backlog about once a second, and the page reloads itself.
  await page
    .locator('tr', { hasText: `${parked} test page` })
    .locator('td')
    .filter({ hasText: /^7$/ })
    .waitFor();
  const [, why, ...numbers] = await cellsOf(parked);
  expect(why).toMatch(/^parkedParked at .* UTC: Meta says <b>no<\/b>\. Workers ask Graph from time to time/);
  expect(numbers.slice(0, 5)).toEqual(['40/s', '0.0/s, 0 %', '8/s', '0.0/s, 0 %', '7']);
  const [, whySlow, pace] = await cellsOf(slowed);
  expect(whySlow).toMatch(/^slowedIt sends at \d+ % of its pace and is recovering: Meta: too many calls\./);
  expect(pace).toMatch(/^40\/s → \d+\.\d\/s$/);
  // What needs a look stands before what does not.
  const words = await page.locator('#lines + div table').locator('tbody tr td:nth-child(2) span').allTextContents();
  expect(words.indexOf('open')).toBe(2);
  expect(await page.content()).not.toMatch(/EAAtest|v1\.|sealed-secret/);
});

it('shows a caller the API without asking any other host', async ({ skip }) => {
  const page = await openPage();
  if (!page) return skip();
  await page.goto(`${apiUrl}/docs`);
  await page.getByText('MakeMessenger').first().waitFor();
  expect(elsewhere).toEqual([]);
});
