import type { House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { openDests } from './dests.ts';
import type { Figure } from './figure.ts';
import { figureBeside } from './figures.ts';
import { inTurns } from './in-turns.ts';
import { acceptRate, sendRate } from './rates.ts';
import { fillLog } from './settled-log.ts';

const graphMs = 80;
/** Those whose messages lie in the log, so that an index by line has places all over to write to. */
const linesInLog = 100;

interface Size {
  rows: number;
  rounds: number;
  warmRounds: number;
  messages: number;
  warmSeconds: number;
  seconds: number;
}

const full: Size = { rows: 10_000_000, rounds: 5, warmRounds: 1, messages: 20_000, warmSeconds: 1, seconds: 4 };
const brief: Size = { rows: 200_000, rounds: 1, warmRounds: 1, messages: 1_000, warmSeconds: 1, seconds: 1 };

/** Ten million old messages in the log against none: accepting and sending, in two houses that take turns. */
export const rows10m: Bench = (options) => {
  const own = { backends: ['redis'], latency: graphMs } as const;
  const asked = { ...options, backends: own.backends };
  return inHouses(asked, own, (filled) => inHouses(asked, own, (empty) => measure({ filled, empty }, options)));
};

async function measure(houses: { filled: House; empty: House }, options: BenchOptions): Promise<Figure[]> {
  const { say } = options;
  const size = options.brief ? brief : full;
  const take = openDests();
  const lineIds = await Promise.all(Array.from({ length: linesInLog }, () => houses.filled.addLine(0)));
  await fillLog(houses.filled.databaseUrl, { customerId: houses.filled.customerId, lineIds, count: size.rows, say });

  const [filled, empty] = [await open(houses.filled), await open(houses.empty)];
  const accepted = await inTurns(
    { ...size, say },
    {
      filled: () => acceptRate(filled.house, filled.apiUrl, take, size),
      empty: () => acceptRate(empty.house, empty.apiUrl, take, size),
    },
  );
  const sent = await inTurns(
    { ...size, say },
    {
      filled: () => sendRate(filled.house, take, size.messages),
      empty: () => sendRate(empty.house, take, size.messages),
    },
  );
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
  return [figure('accepting', accepted), figure('sending', sent)];
}

interface Open {
  house: House;
  apiUrl: string;
}

async function open(house: House): Promise<Open> {
  await house.startWorker();
  const api = await house.startApi();
  return { house, apiUrl: api.url };
}
