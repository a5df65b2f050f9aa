import type { House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inTwoHouses } from './bench.ts';
import type { Figure } from './figure.ts';
import { figureBeside } from './figures.ts';
import { type OpenHouse, type RatesSize, ratesInTurns } from './rates.ts';
import { fillLog } from './settled-log.ts';

const graphMs = 80;
/** Those whose messages lie in the log, so that an index by line has places all over to write to. */
const linesInLog = 100;

interface Size extends RatesSize {
  rows: number;
}

const full: Size = { rows: 10_000_000, rounds: 5, warmRounds: 1, messages: 20_000, warmSeconds: 1, seconds: 4 };
const brief: Size = { rows: 200_000, rounds: 1, warmRounds: 1, messages: 1_000, warmSeconds: 1, seconds: 1 };

/** Ten million old messages in the log against none: accepting and sending, in two houses that take turns. */
export const rows10m: Bench = (options) =>
  inTwoHouses(options, graphMs, (filled, empty) => measure({ filled, empty }, options));

async function measure(houses: { filled: House; empty: House }, options: BenchOptions): Promise<Figure[]> {
  const { say } = options;
  const size = options.brief ? brief : full;
  const lineIds = await Promise.all(Array.from({ length: linesInLog }, () => houses.filled.addLine(0)));
  await fillLog(houses.filled.databaseUrl, { customerId: houses.filled.customerId, lineIds, count: size.rows, say });

  const open = { filled: await openUp(houses.filled), empty: await openUp(houses.empty) };
  const { accepting, sending } = await ratesInTurns(open, size, say);
  const figure = (what: string, runs: { filled: number[]; empty: number[] }) =>
    figureBeside(
      {
        name: `${what} beside ${size.rows} rows in cdls`,
        unit: 'per s',
        reference: 'empty table',
        goal: { ratioAtLeast: 0.9 },
      },
      runs.filled,
      runs.empty,
    );
  return [figure('accepting', accepting), figure('sending', sending)];
}

async function openUp(house: House): Promise<OpenHouse> {
  await house.startWorker();
  const api = await house.startApi();
  return { house, apiUrl: api.url };
}
