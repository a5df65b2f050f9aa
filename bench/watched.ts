import { fileURLToPath } from 'node:url';
import type { House } from '../test/support/house.ts';
import type { Program } from '../test/support/program.ts';
import { type Bench, type BenchOptions, inTwoHouses } from './bench.ts';
import type { Figure } from './figure.ts';
import { figureBeside } from './figures.ts';
import { type OpenHouse, type RatesSize, ratesInTurns } from './rates.ts';

const graphMs = 80;
/** Prometheus asks as often where somebody is impatient. */
const scrapeEveryMs = 5_000;

const full: RatesSize = { rounds: 7, warmRounds: 1, messages: 20_000, warmSeconds: 1, seconds: 4 };
const brief: RatesSize = { rounds: 1, warmRounds: 0, messages: 500, warmSeconds: 1, seconds: 1 };

/** What metrics and logs cost at full speed: processes that count, log and are scraped, beside ones that do none of it. */
export const watched: Bench = (options) =>
  inTwoHouses(options, graphMs, (seen, blind) => measure({ seen, blind }, options));

const unwatched = {
  LOG_LEVEL: 'fatal',
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('no-metrics.mjs', import.meta.url))}`,
};

async function measure(
  houses: { seen: House; blind: House },
  { brief: isBrief, say }: BenchOptions,
): Promise<Figure[]> {
  const size = isBrief ? brief : full;
  const open = {
    seen: await openUp(houses.seen, { LOG_LEVEL: 'info' }),
    blind: await openUp(houses.blind, unwatched),
  };
  const scraping = setInterval(() => void Promise.all(open.seen.programs.map(scrape)), scrapeEveryMs);
  const { accepting, sending } = await ratesInTurns(open, size, say);
  clearInterval(scraping);
  const figure = (what: string, runs: { seen: number[]; blind: number[] }) =>
    figureBeside(
      { name: `${what} with metrics and logs`, unit: 'per s', reference: 'without', goal: { ratioAtLeast: 0.95 } },
      runs.seen,
      runs.blind,
    );
  return [figure('accepting', accepting), figure('sending', sending)];
}

async function openUp(house: House, environment: Record<string, string>): Promise<OpenHouse & { programs: Program[] }> {
  const worker = await house.startWorker(environment);
  const api = await house.startApi(environment);
  return { house, apiUrl: api.url, programs: [worker, api] };
}

async function scrape({ operationsUrl }: Program): Promise<void> {
  const answer = await fetch(`${operationsUrl}/metrics`);
  await answer.arrayBuffer();
}
