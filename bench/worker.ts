import { filledText } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import type { BareUndiciOrder } from './baselines/bare-undici.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { type Dests, openDests } from './dests.ts';
import type { Figure } from './figure.ts';
import { figureBeside } from './figures.ts';
import { bestOf, inTurns, type Turns } from './in-turns.ts';
import { type Obvious, openObvious } from './obvious.ts';
import { startOwnProcess } from './own-process.ts';
import { usedByProcess } from './processor-time.ts';
import { proveSent } from './proof.ts';
import { sendingRate } from './sending-rate.ts';
import { sendWaiting } from './waiting-messages.ts';

const graphMs = 80;
const obviousConcurrencies = [50, 100, 200, 400];
const bareConcurrency = 400;

interface Size {
  rounds: number;
  messages: number;
  /** Sent before, so that a compiler has seen what it compiles. */
  warm: number;
  /** The obvious worker gets fewer: it would take too long. */
  obvious: { messages: number; warm: number };
}

const full: Size = { rounds: 5, messages: 20_000, warm: 5_000, obvious: { messages: 5_000, warm: 1_500 } };
const brief: Size = { rounds: 1, messages: 2_000, warm: 500, obvious: { messages: 500, warm: 200 } };

/** One run of one worker process, which is started for it and ended after it. */
interface Run {
  perSecond: number;
  cpuMsPerMessage: number;
}

type Runner = () => Promise<Run>;

/** How many messages one worker process sends, beside the obvious worker and beside bare calls to Graph. */
export const worker: Bench = (options) =>
  inRedisHouse(options, async ({ pombo, obvious, bare }, turns) => {
    const rates = (run: Runner) => async () => (await run()).perSecond;
    const runs = await inTurns(turns, { pombo: rates(pombo), obvious: rates(obvious), bare: rates(bare) });
    const figure = (reference: string, referenceRuns: number[], goal: Figure['goal']) =>
      figureBeside({ name: `worker beside ${reference}`, unit: 'per s', reference, goal }, runs.pombo, referenceRuns);
    return [
      figure('the obvious worker', runs.obvious, { ratioAtLeast: 5 }),
      figure('a bare undici loop', runs.bare, null),
    ];
  });

/** What a message costs a worker process of the processors' time. */
export const workerCpu: Bench = (options) =>
  inRedisHouse(options, async ({ pombo, obvious }, turns) => {
    const costs = (run: Runner) => async () => (await run()).cpuMsPerMessage;
    const runs = await inTurns(turns, { pombo: costs(pombo), obvious: costs(obvious) });
    const reference = 'the obvious worker';
    const what = { name: `worker-cpu beside ${reference}`, unit: 'ms per message', reference };
    return [figureBeside({ ...what, goal: { ratioAtMost: 0.35 } }, runs.pombo, runs.obvious)];
  });

interface Runners {
  pombo: Runner;
  obvious: Runner;
  bare: Runner;
}

type Measure = (runners: Runners, turns: Turns) => Promise<Figure[]>;

function inRedisHouse(options: BenchOptions, measure: Measure): Promise<Figure[]> {
  return inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: graphMs }, async (house) => {
    const { brief: isBrief, say } = options;
    const size = isBrief ? brief : full;
    const take = openDests();
    const obvious = await openObvious(house);
    try {
      const concurrency = await bestOf(
        { name: 'concurrency of the obvious worker', say },
        obviousConcurrencies,
        async (candidate) => (await runObvious({ house, obvious, take, concurrency: candidate }, size)).perSecond,
      );
      const runners: Runners = {
        pombo: () => runPombo(house, take, size),
        obvious: () => runObvious({ house, obvious, take, concurrency }, size),
        bare: () => runBare(house, take, size),
      };
      return await measure(runners, { rounds: size.rounds, say });
    } finally {
      await obvious.close();
    }
  });
}

type Take = (count: number) => Dests;

async function runPombo(house: House, take: Take, { messages, warm }: Size): Promise<Run> {
  const program = await house.startWorker();
  const send = async (count: number) =>
    sendWaiting(house, house.simulator.ledger, { lineIds: [await house.addLine(0)], dests: take(count) });
  await send(warm);
  const run = await withCost(program.pid, messages, () => send(messages));
  await program.end('SIGTERM');
  return run;
}

async function runObvious(
  { house, obvious, take, concurrency }: { house: House; obvious: Obvious; take: Take; concurrency: number },
  size: Size,
): Promise<Run> {
  const { ledger } = house.simulator;
  const { messages, warm } = size.obvious;
  const process = await obvious.startWorker(concurrency);
  const send = async (count: number) => {
    const dests = take(count);
    await obvious.fill(dests);
    const since = ledger.size;
    const perSecond = await sendingRate(ledger, count, obvious.go);
    await proveSent(obvious, ledger, since, dests);
    return perSecond;
  };
  await send(warm);
  const run = await withCost(process.pid, messages, () => send(messages));
  await process.end();
  return run;
}

async function runBare(house: House, take: Take, { messages, warm }: Size): Promise<Run> {
  const order: BareUndiciOrder = {
    graphUrl: house.simulator.url,
    pageToken: 'EAAbare',
    concurrency: bareConcurrency,
    text: filledText,
  };
  const process = startOwnProcess('baselines/bare-undici.ts', order);
  await process.said();
  const send = async (count: number) => {
    const perSecond = await sendingRate(house.simulator.ledger, count, async () =>
      process.tell({ firstDest: take(count).first, count }),
    );
    await process.said();
    return perSecond;
  };
  await send(warm);
  const run = await withCost(process.pid, messages, () => send(messages));
  await process.end();
  return run;
}

/** Filling and waiting cost a worker nothing to speak of, so they may lie between the two looks. */
async function withCost(pid: number, messages: number, send: () => Promise<number>): Promise<Run> {
  const before = await usedByProcess(pid);
  const perSecond = await send();
  return { perSecond, cpuMsPerMessage: ((await usedByProcess(pid)) - before) / messages };
}
