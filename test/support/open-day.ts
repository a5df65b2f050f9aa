import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserContext, Page, Request } from 'playwright-core';
import { until } from './until.ts';

/** Pages of one browser that are left open, with a clock that the test moves on. */
export interface OpenDay {
  /** By what they show. */
  readonly pages: ReadonlyMap<string, Page>;
  /** So much time passes, with a refresh of every page after each step. */
  freshFor(ms: number): Promise<void>;
  /** So much time passes, and nobody expects an answer. */
  passFor(ms: number): Promise<void>;
  /** Until each page has been refreshed once more. */
  untilFresh(): Promise<void>;
  /** How often a page has shown something newer. */
  timesFresh(page: Page): Promise<number>;
  /** How often a page has asked for something. */
  asked(page: Page): number;
}

/** As often as a page asks (`freshSeconds`). */
const stepMs = 5_000;
/** As seldom as a page asks that has had no answer for long. */
const longestPauseMs = 60_000;

/** Of this test's own clock. */
const patienceMs = 2_000;

/** Counts what is shown anew; whoever waits for that is told at once. */
const counter = `
  window.timesFresh = 0;
  document.addEventListener('pombo:fresh', () => { window.timesFresh += 1; window.whenFresh?.(); });
  window.freshAgain = (times) => new Promise((resolve) => {
    window.whenFresh = () => { if (window.timesFresh >= times) resolve(window.timesFresh); };
    window.whenFresh();
  });`;

/** Opens a page at each of these addresses. */
export async function openDay(context: BrowserContext, addresses: Readonly<Record<string, string>>): Promise<OpenDay> {
  const pages = new Map<string, Page>();
  const counts = new Map<Page, number>();
  const isAsking = new Set<Request>();
  await context.addInitScript(counter);
  await context.clock.install({ time: new Date('2026-11-23T00:00:00Z') });
  for (const [name, address] of Object.entries(addresses)) {
    const page = await context.newPage();
    await page.goto(address);
    page.on('request', (request) => {
      counts.set(page, (counts.get(page) ?? 0) + 1);
      isAsking.add(request);
    });
    page.on('requestfinished', (request) => isAsking.delete(request));
    page.on('requestfailed', (request) => isAsking.delete(request));
    pages.set(name, page);
  }
  // From here on it stands still unless it is moved on.
  await context.clock.pauseAt(new Date('2026-11-23T01:00:00Z'));

  const timesFresh = (page: Page) => page.evaluate<number>('window.timesFresh');
  /** Moves on as long as the page has nothing newer: an answer that fails makes it ask later. */
  async function freshAgain(page: Page, times: number): Promise<number> {
    const fresh = page.evaluate<number>(`window.freshAgain(${times})`);
    for (;;) {
      const seen = await Promise.race([fresh, pause(patienceMs)]);
      if (seen !== undefined) return seen;
      await context.clock.runFor(stepMs);
    }
  }

  return {
    pages,
    timesFresh,
    asked: (page) => counts.get(page) ?? 0,
    async freshFor(ms) {
      const times = new Map<Page, number>();
      for (const page of pages.values()) times.set(page, await timesFresh(page));
      for (let passed = 0; passed < ms; passed += stepMs) {
        await context.clock.runFor(stepMs);
        await Promise.all(
          [...pages.values()].map(async (page) => times.set(page, await freshAgain(page, (times.get(page) ?? 0) + 1))),
        );
      }
    },
    async passFor(ms) {
      for (let passed = 0; passed < ms; passed += longestPauseMs) {
        await context.clock.runFor(longestPauseMs);
        // An answer that fails is an answer: only after it the page knows when to ask again.
        await until(() => isAsking.size === 0);
      }
    },
    async untilFresh() {
      for (const page of pages.values()) {
        const before = await timesFresh(page);
        await until(async () => {
          await context.clock.runFor(stepMs);
          return (await timesFresh(page)) > before;
        });
      }
    },
  };
}
