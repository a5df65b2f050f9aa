import { filledText } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { type CallOrder, call } from './callers/call.ts';
import { openDests } from './dests.ts';
import { type Figure, short } from './figure.ts';
import { figureBeside, median } from './figures.ts';
import { bestOf, inTurns } from './in-turns.ts';
import { type Obvious, openObvious } from './obvious.ts';
import { busyShare, machineTime } from './processor-time.ts';
import { proveSent } from './proof.ts';

const graphMs = 80;
/** Slots of a worker for those who wait: more than there are callers, on both sides. */
const slots = 400;
const obviousConcurrencies = [100, slots];
const destsPerRun = 10_000_000;

const full = { rounds: 5, warmSeconds: 1.5, seconds: 5 };
const brief = { rounds: 1, warmSeconds: 2, seconds: 2 };

/** Beyond this part of all cores in use, what is measured is the machine and not the bound set by Graph's latency. */
const saturatedShare = 0.97;

/** Callers who each wait for Graph's answer, beside the same callers of Graph itself: one API process and one worker. */
export const sync64: Bench = (options) => inRedisHouse(options, measure64);

/** The same with so many callers that something is saturated; how much that is, is held against the obvious design. */
export const sync256: Bench = (options) => inRedisHouse(options, measure256);

/** Messages per second, each answered with Graph's own word. */
type Sender = (connections: number) => Promise<number>;

interface Senders {
  pombo: Sender;
  obvious: Sender;
  direct: Sender;
  /** Parts of all cores in use, one for each run through Pombo so far. */
  busy: number[];
}

type Measure = (senders: Senders, turns: { rounds: number; say: (line: string) => void }) => Promise<Figure[]>;

function inRedisHouse(options: BenchOptions, measure: Measure): Promise<Figure[]> {
  return inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: graphMs }, async (house) => {
    const size = options.brief ? brief : full;
    const obvious = await openObvious(house);
    try {
      const senders = await openSenders(house, obvious, size, options.say);
      return await measure(senders, { rounds: size.rounds, say: options.say });
    } finally {
      await obvious.close();
    }
  });
}

async function measure64({ pombo, direct, busy }: Senders, turns: Parameters<Measure>[1]): Promise<Figure[]> {
  const runs = await inTurns(turns, { pombo: () => pombo(64), direct: () => direct(64) });
  return [besideGraph(64, runs, busy)];
}

async function measure256({ pombo, obvious, direct, busy }: Senders, turns: Parameters<Measure>[1]): Promise<Figure[]> {
  const runs = await inTurns(turns, {
    pombo: () => pombo(256),
    obvious: () => obvious(256),
    'obvious, 64 connections': () => obvious(64),
    direct: () => direct(256),
  });
  const few = runs['obvious, 64 connections'];
  return [
    besideGraph(256, runs, busy),
    figureBeside(
      {
        name: 'sync-256: as many as it can, beside the obvious design',
        unit: 'per s',
        reference: 'obvious design',
        goal: { ratioAtLeast: 3 },
      },
      runs.pombo,
      median(few) > median(runs.obvious) ? few : runs.obvious,
    ),
  ];
}

/** The bound is a promise only up to saturation: a machine with nothing left to give says nothing about waiting. */
function besideGraph(
  connections: number,
  runs: { pombo: number[]; direct: number[] },
  busy: readonly number[],
): Figure {
  const isSaturated = median(busy) >= saturatedShare;
  const name = `sync-${connections}${isSaturated ? ' (machine saturated)' : ''}: beside Graph itself`;
  const goal = isSaturated ? null : { ratioAtLeast: 0.95 };
  return figureBeside({ name, unit: 'per s', reference: 'directly to Graph', goal }, runs.pombo, runs.direct);
}

async function openSenders(
  house: House,
  obvious: Obvious,
  size: typeof full,
  say: (line: string) => void,
): Promise<Senders> {
  const take = openDests();
  const { ledger } = house.simulator;
  await house.startWorker({ WORKER_NOW_CONCURRENCY: String(slots) });
  const api = await house.startApi();
  const line = await house.addLine(0);
  const obviousApi = await obvious.startApi(house.tsid);
  const busy: number[] = [];

  async function timed(
    order: Pick<CallOrder, 'port' | 'path' | 'token' | 'body' | 'expected' | 'connections'>,
    log: Parameters<typeof proveSent>[0] | null,
  ): Promise<number> {
    const { first } = take(destsPerRun);
    const since = ledger.size;
    await house.database.query('CHECKPOINT');
    const report = await call({
      ...order,
      firstDest: first,
      warmSeconds: size.warmSeconds,
      seconds: size.seconds,
    });
    if (log) await proveSent(log, ledger, since, { first, count: report.answered });
    say(`  ${order.connections} connections: p50 ${short(report.p50Ms)} ms, p99 ${short(report.p99Ms)} ms`);
    return report.perSecond;
  }
  const gateway = (port: number, connections: number) => ({
    port,
    path: '/api/v2/MakeMessenger.php',
    token: house.tsid,
    body: { before: `{"app_id":${line},"mdata":"${filledText}","dest":"`, after: '"}' },
    expected: { status: 200, text: '"status":"OK"' },
    connections,
  });
  const graph = (connections: number) => ({
    port: Number(new URL(house.simulator.url).port),
    path: '/v26.0/me/messages',
    token: 'EAAdirect',
    body: {
      before: `{"messaging_type":"UPDATE","message":{"text":"${filledText}","metadata":"bench"},"recipient":{"id":"`,
      after: '"}}',
    },
    expected: { status: 200, text: '"message_id"' },
    connections,
  });

  const obviousSender: Sender = (connections) => timed(gateway(obviousApi.port, connections), obvious);
  const concurrency = await bestOf(
    { name: 'concurrency of the obvious worker', say },
    obviousConcurrencies,
    async (candidate) => {
      const worker = await obvious.startWorker(candidate);
      const perSecond = await obviousSender(256);
      await worker.end();
      return perSecond;
    },
  );
  await obvious.startWorker(concurrency);
  return {
    async pombo(connections) {
      const from = await machineTime();
      const perSecond = await timed(gateway(Number(new URL(api.url).port), connections), house);
      busy.push(busyShare(from, await machineTime()));
      return perSecond;
    },
    obvious: obviousSender,
    direct: (connections) => timed(graph(connections), null),
    busy,
  };
}
