import { setTimeout as sleep } from 'node:timers/promises';
import { fillBacklog } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import { turnsOf, untilTurns } from '../test/support/turns.ts';
import { type Bench, inHouses } from './bench.ts';
import { openCaller } from './caller.ts';
import type { Figure } from './figure.ts';
import { pauseLines, resumeLines } from './paused-line.ts';
import { mostWithin, rates } from './windows.ts';

const workers = 4;
const graphMs = 80;

interface Variant {
  pace: number;
  /** Synchronous sends per second beside the backlog. */
  synchronous: number;
}

const variants: readonly Variant[] = [
  { pace: 40, synchronous: 0 },
  { pace: 40, synchronous: 5 },
  { pace: 300, synchronous: 0 },
];

/** Turns a synchronous send may take before its time. Bulk pays them back. */
const borrowed = 2;

/** Does a line with a long backlog go as fast as it may, and never faster, with several workers at it? */
export const pace: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: graphMs }, async (house) => {
    const seconds = options.brief ? 13 : 60;
    for (let n = 0; n < workers; n += 1) await house.startWorker();
    const api = await house.startApi();
    const figures: Figure[] = [];
    for (const variant of variants) {
      options.say(`${variant.pace}/s, ${variant.synchronous}/s synchronous, ${seconds} s on ${house.backend}`);
      figures.push(...(await measure(house, api.url, variant, seconds)));
    }
    return figures;
  });

async function measure(house: House, apiUrl: string, variant: Variant, seconds: number): Promise<Figure[]> {
  const line = await house.addLine(variant.pace);
  await pauseLines(house, [line]);
  const countPerLine = variant.pace * (seconds + 5);
  await fillBacklog(house.database, { customerId: house.customerId, lineIds: [line], countPerLine, campaign: true });
  const before = house.simulator.ledger.size;

  await resumeLines(house, [line]);
  const [from = Number.NaN] = await untilTurns(house, line, { count: 1 });
  const caller = openCaller({ url: apiUrl, tsid: house.tsid, random: Math.random });
  const calls = caller.sendSteadily(line, { perSecond: variant.synchronous, seconds });
  await Promise.all([calls, sleep(seconds * 1000)]);
  await pauseLines(house, [line]);
  await caller.close();

  const turns = await turnsOf(house, line);
  const arrivals = [...house.simulator.ledger.since(before)].map((entry) => entry.at);
  return figuresOf(`${variantInWords(variant)} on ${house.backend}`, variant, {
    turns,
    arrivals,
    from,
    until: from + seconds * 1000,
  });
}

function variantInWords({ pace, synchronous }: Variant): string {
  return synchronous === 0 ? `pace ${pace}/s` : `pace ${pace}/s beside ${synchronous}/s synchronous`;
}

interface Run {
  /** When each turn was, as recorded. */
  turns: readonly number[];
  /** When the simulator accepted each message. */
  arrivals: readonly number[];
  from: number;
  until: number;
}

function figuresOf(name: string, { pace, synchronous }: Variant, run: Run): Figure[] {
  const { turns, arrivals, from, until } = run;
  const means = rates(turns, { from, until, lengthMs: 10_000, stepMs: 100 });
  const loan = synchronous > 0 ? borrowed : 0;
  const reference = 'configured';
  const perSecond = { unit: 'per s', reference, referenceValue: pace, runs: means };
  const inAnySecond = { unit: 'in 1 s', reference, referenceValue: pace };
  const mostTurns = mostWithin(turns, 1000);
  const mostArrivals = mostWithin(arrivals, 1000);
  return [
    { ...perSecond, name: `${name}: slowest 10 s`, value: Math.min(...means), goal: { atLeast: 0.96 * pace } },
    // Ten seconds may begin and end with a turn, and begin with a borrowed one.
    {
      ...perSecond,
      name: `${name}: fastest 10 s`,
      value: Math.max(...means),
      goal: { atMost: pace + (1 + loan) / 10 },
    },
    {
      ...inAnySecond,
      name: `${name}: most turns`,
      value: mostTurns,
      runs: [mostTurns],
      goal: { atMost: pace + 1 + loan },
    },
    {
      ...inAnySecond,
      name: `${name}: most in Graph's ledger`,
      value: mostArrivals,
      runs: [mostArrivals],
      goal: { atMost: pace + 3 },
    },
  ];
}
