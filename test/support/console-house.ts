import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import type { Role } from '@pombo/domain/authorise.ts';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { type Backend, type House, openHouse } from './house.ts';
import { addOperator, fillSignIn } from './operators.ts';

/** A house with a console and a browser in front of it. */
export interface ConsoleHouse {
  house: House;
  prisma: Prisma;
  url: string;
  /** What the browser had against a page, or asked of another host. */
  complaints: string[];
  /** A page of somebody new who has signed in, with no cookie of anybody else. */
  visit(name: string, role: Role): Promise<Page>;
  /** Ends the console, as a new version of it does; `startConsole` starts it again at the same address. */
  endConsole(): Promise<void>;
  startConsole(): Promise<void>;
  stop(): Promise<void>;
}

/** Null where there is no browser, or no Redis. */
export async function openConsoleHouse(backend: Backend): Promise<ConsoleHouse | null> {
  const browser = await openBrowser();
  const house = browser && (await openHouse({ backend }));
  if (!browser || !house) {
    await browser?.close();
    return null;
  }
  const prisma = openPrisma(house.database);
  let program = await house.startConsole();
  const { url } = program;
  const complaints: string[] = [];
  return {
    house,
    prisma,
    url,
    complaints,
    async visit(name, role) {
      await addOperator(prisma, name, role);
      const page = await openPage(browser, url, complaints);
      await page.goto(url);
      await fillSignIn(page, name);
      return page;
    },
    async endConsole() {
      await program.end('SIGTERM');
    },
    async startConsole() {
      // Where it was: the pages that are open ask for it there.
      program = await house.startConsole({ CONSOLE_PORT: new URL(url).port });
    },
    async stop() {
      await browser.close();
      await program.end('SIGTERM');
      await house.stop();
    },
  };
}

async function openPage(browser: Browser, url: string, complaints: string[]): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(request.url());
  });
  return page;
}

/** By how many pixels a page is wider than its window. */
export function excessWidth(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
