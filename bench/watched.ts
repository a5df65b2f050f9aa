import { fileURLToPath } from 'node:url';
import type { House } from '../test/support/house.ts';
import type { Program } from '../test/support/program.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { openDests } from './dests.ts';
import type { Figure } from './figure.ts';
import { figureBeside } from './figures.ts';
import { inTurns } from './in-turns.ts';
import { acceptRate, sendRate } from './rates.ts';

const graphMs = 80;
/** Prometheus asks as often where somebody is impatient. */
const scrapeEveryMs = 5_000;

interface Size {
  rounds: number;
  warmRounds: number;
  messages: number;
  warmSeconds: number;
  seconds: number;
}

const full: Size = { rounds: 7, warmRounds: 1, messages: 20_000, warmSeconds: 1, seconds: 4 };
const brief: Size = { rounds: 1, warmRounds: 0, messages: 500, warmSeconds: 1, seconds: 1 };

/** What metrics and logs cost at full speed: processes that count, log and are scraped, beside ones that do none of it. */
export const watched: Bench = (options) => {
  const own = { backends: ['redis'], latency: graphMs } as const;
  const asked = { ...options, backends: own.backends };
  return inHouses(asked, own, (seen) => inHouses(asked, own, (blind) => measure({ seen, blind }, options)));
};

const unwatched = {
  LOG_LEVEL: 'fatal',
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('no-metrics.mjs', import.meta.url))}`,
};

async function measure(
  houses: { seen: House; blind: House },
  { brief: isBrief, say }: BenchOptions,
): Promise<Figure[]> {
  const size = isBrief ? brief : full;
  const take = openDests();
  const [seen, blind] = [await open(houses.seen, { LOG_LEVEL: 'info' }), await open(houses.blind, unwatched)];
  const scraping = setInterval(() => void Promise.all(seen.programs.map(scrape)), scrapeEveryMs);
  const accepted = await inTurns(
    { ...size, say },
    {
      seen: () => acceptRate(houses.seen, seen.apiUrl, take, size),
      blind: () => acceptRate(houses.blind, blind.apiUrl, take, size),
    },
  );
  const sent = await inTurns(
    { ...size, say },
    {
      seen: () => sendRate(houses.seen, take, size.messages),
      blind: () => sendRate(houses.blind, take, size.messages),
    },
  );
  clearInterval(scraping);
  const figure = (what: string, runs: { seen: number[]; blind: number[] }) =>
    figureBeside(
      { name: `${what} with metrics and logs`, unit: 'per s', reference: 'without', goal: { ratioAtLeast: 0.95 } },
      runs.seen,
      runs.blind,
    );
  return [figure('accepting', accepted), figure('sending', sent)];
}

async function open(
  house: House,
  environment: Record<string, string>,
): Promise<{ apiUrl: string; programs: Program[] }> {
  const worker = await house.startWorker(environment);
  const api = await house.startApi(environment);
  return { apiUrl: api.url, programs: [worker, api] };
}

async function scrape({ operationsUrl }: Program): Promise<void> {
  const answer = await fetch(`${operationsUrl}/metrics`);
  await answer.arrayBuffer();
}
