import { setTimeout as sleep } from 'node:timers/promises';
import { fillBacklog, tidy } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import { turnsOf, untilTurns } from '../test/support/turns.ts';
import { type Bench, inHouses } from './bench.ts';
import { type Caller, openCaller } from './caller.ts';
import type { Figure } from './figure.ts';
import { median, oneLine, quantile } from './figures.ts';
import { emptyBacklog, pauseLines } from './paused-line.ts';
import { rates } from './windows.ts';

const pace = 40;
const graphMs = 80;
const synchronousPerSecond = 5;
const singlesPerSecond = 1;
/** A single message that has not gone out by then is counted with this. */
const longestSingleMs = 30_000;

interface Size {
  pairs: number;
  seconds: number;
  campaign: number;
}

// The p99 of the 300 calls of a minute is the third worst of them; of 100 it would be the worst.
const full: Size = { pairs: 5, seconds: 60, campaign: 100_000 };
const brief: Size = { pairs: 2, seconds: 5, campaign: 2_000 };

interface Pair {
  /** p99 of the synchronous sends on either line, without the campaign and beside it. */
  idle: { a: number; b: number };
  loaded: { a: number; b: number };
  /** p99 from accept to settle of single asynchronous messages beside the campaign. */
  singleMs: number;
  /** Messages of the campaign per second meanwhile. */
  campaignRate: number;
}

/** What a campaign on line A does to those who wait on A, to those who wait on B, and to single messages on A. */
export const fairness: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: graphMs }, async (house) => {
    const size = options.brief ? brief : full;
    for (let n = 0; n < 2; n += 1) await house.startWorker();
    const api = await house.startApi();
    const caller = openCaller({ url: api.url, tsid: house.tsid, random: Math.random });
    const warm = await house.addLine(pace);
    await caller.sendSteadily(warm, { perSecond: 20, seconds: 2 });

    const pairs: Pair[] = [];
    for (let n = 1; n <= size.pairs; n += 1) {
      options.say(`pair ${n} of ${size.pairs} on ${house.backend}`);
      pairs.push(await measurePair(house, caller, { ...size, say: options.say }));
    }
    await caller.close();
    return figuresOf(house.backend, pairs);
  });

async function measurePair(
  house: House,
  caller: Caller,
  { seconds, campaign, say }: Size & { say: (line: string) => void },
): Promise<Pair> {
  const [a, b] = [await house.addLine(pace), await house.addLine(pace)];
  const callBoth = async (when: string) => {
    const rate = { perSecond: synchronousPerSecond, seconds };
    const [onA, onB] = await Promise.all([caller.sendSteadily(a, rate), caller.sendSteadily(b, rate)]);
    const took = { a: onA.map((answer) => answer.tookMs), b: onB.map((answer) => answer.tookMs) };
    say(oneLine(`synchronous on A, ${when}`, took.a));
    say(oneLine(`synchronous on B, ${when}`, took.b));
    return { a: quantile(took.a, 0.99), b: quantile(took.b, 0.99) };
  };

  const idle = await callBoth('idle');
  await fillBacklog(house.database, {
    customerId: house.customerId,
    lineIds: [a],
    countPerLine: campaign,
    campaign: true,
  });
  await house.queue.signals.ring([a]);
  // The first window is out and the line goes at its pace.
  await untilTurns(house, a, { count: 2 * pace, lane: 'bulk' });
  const from = Date.now();
  const [loaded, singles] = await Promise.all([
    callBoth('beside the campaign'),
    caller.sendSteadily(a, { perSecond: singlesPerSecond, seconds, async: true }),
  ]);
  const until = Date.now();
  const singleMs = await settleTimes(
    house,
    singles.map((answer) => answer.messageId),
  );
  say(oneLine('a single message on A', singleMs));
  const campaignTurns = await turnsOf(house, a, 'bulk');
  await pauseLines(house, [a]);
  await emptyBacklog(house, a);
  await tidy(house.database);
  const [campaignRate = Number.NaN] = rates(campaignTurns, { from, until, lengthMs: until - from, stepMs: until });
  return { idle, loaded, singleMs: quantile(singleMs, 0.99), campaignRate };
}

/** From accept to settle by the database's clock. Waits for those that are not settled yet, up to a limit. */
async function settleTimes(house: House, messageIds: readonly string[]): Promise<number[]> {
  const giveUpAt = performance.now() + longestSingleMs;
  for (;;) {
    const rows = await house.database.query<{ ms: number | null }>(
      `SELECT (extract(epoch FROM cdls_settled_at - cdls_created_at) * 1000)::float8 AS ms
       FROM cdls WHERE cdls_id = ANY ($1::bigint[])`,
      [messageIds],
    );
    if (rows.every((row) => row.ms !== null) || performance.now() > giveUpAt) {
      return rows.map((row) => row.ms ?? longestSingleMs);
    }
    await sleep(100);
  }
}

function figuresOf(backend: string, pairs: readonly Pair[]): Figure[] {
  const idleA = median(pairs.map((pair) => pair.idle.a));
  const idleB = median(pairs.map((pair) => pair.idle.b));
  const figure = (name: string, unit: string, runs: number[]) =>
    ({ name: `${name} on ${backend}`, unit, runs, value: median(runs) }) as const;
  return [
    {
      ...figure(
        'synchronous p99 on A above idle',
        'ms',
        pairs.map(({ idle, loaded }) => loaded.a - idle.a),
      ),
      reference: 'ms idle',
      referenceValue: idleA,
      goal: { atMost: 2 * (1000 / pace) + 30 },
    },
    {
      ...figure(
        'synchronous p99 on B above idle',
        'ms',
        pairs.map(({ idle, loaded }) => loaded.b - idle.b),
      ),
      reference: 'ms idle',
      referenceValue: idleB,
      goal: { atMost: Math.max(0.25 * idleB, 20) },
    },
    {
      ...figure(
        'single message on A, p99 to its settle',
        'ms',
        pairs.map((pair) => pair.singleMs),
      ),
      reference: null,
      referenceValue: null,
      goal: { atMost: 5_000 },
    },
    {
      ...figure(
        'bulk on A meanwhile',
        'per s',
        pairs.map((pair) => pair.campaignRate),
      ),
      reference: 'pace',
      referenceValue: pace,
      goal: null,
    },
  ];
}
