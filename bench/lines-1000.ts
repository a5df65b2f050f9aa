import { setTimeout as sleep } from 'node:timers/promises';
import { fillBacklog } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import { type Bench, inHouses } from './bench.ts';
import type { Figure } from './figure.ts';
import { sharesOf } from './shares.ts';

const graphMs = 80;
/** A thousand lines may send far more than two workers on one machine can: the workers are the limit. */
const pace = 40;
const workers = 2;

interface Size {
  lines: number;
  countPerLine: number;
  /** Until the workers go as fast as they will: in their first seconds everybody waits longer, and all alike. */
  warmSeconds: number;
  seconds: number;
}

const full: Size = { lines: 1_000, countPerLine: 200, warmSeconds: 10, seconds: 30 };
// More lines than fit into one look of release.
const brief: Size = { lines: 120, countPerLine: 300, warmSeconds: 2, seconds: 6 };

/** A thousand lines with a backlog each: does every one of them get its share, and none wait long? */
export const lines1000: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: graphMs }, (house) =>
    measure(house, options.brief ? brief : full, options.say),
  );

async function measure(house: House, size: Size, say: (line: string) => void) {
  const { lines, countPerLine, warmSeconds, seconds } = size;
  const lineIds: string[] = [];
  for (let n = 0; n < lines; n += 1) lineIds.push(await house.addLine(pace));
  say(`${lines} lines with ${countPerLine} messages each`);
  await fillBacklog(house.database, { customerId: house.customerId, lineIds, countPerLine, campaign: true });
  for (let n = 0; n < workers; n += 1) await house.startWorker();

  await Promise.race([house.simulator.ledger.whenAccepted(1), sleep(60_000)]);
  await sleep(warmSeconds * 1000);
  const from = Date.now();
  const before = house.simulator.ledger.size;
  await sleep(seconds * 1000);
  const until = Date.now();
  const rate = (house.simulator.ledger.size - before) / seconds;
  const byLine = Map.groupBy(house.simulator.ledger.entries(), (entry) => entry.tokenHash);
  const times = [...byLine.values()].map((entries) => entries.map((entry) => entry.at));
  const silent = Array.from({ length: lines - times.length }, () => []);
  const dry = times.filter((own) => own.length >= countPerLine).length;
  const sent = times.reduce((sum, own) => sum + own.length, 0);
  say(`${sent} messages sent; ${silent.length} lines sent nothing, ${dry} had nothing left to send`);
  return figuresOf(house.backend, lines, rate, sharesOf([...times, ...silent], { from, until }));
}

function figuresOf(backend: string, lines: number, rate: number, shares: ReturnType<typeof sharesOf>): Figure[] {
  const name = (what: string) => `${lines} lines on ${backend}: ${what}`;
  const one = (value: number) => ({ value, runs: [value] });
  const ofEven = { unit: 'x', reference: 'even share', referenceValue: 1 };
  return [
    { name: name('smallest share'), ...one(shares.smallest), ...ofEven, goal: { atLeast: 0.5 } },
    { name: name('largest share'), ...one(shares.largest), ...ofEven, goal: { atMost: 2 } },
    {
      name: name('longest wait'),
      ...one(shares.longestWait),
      unit: 'x',
      reference: 'ideal wait',
      referenceValue: 1,
      goal: { atMost: 2 },
    },
    { name: name('all together'), ...one(rate), unit: 'per s', reference: null, referenceValue: null, goal: null },
  ];
}
