import { filledText } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { type CallOrder, call } from './callers/call.ts';
import { waitingFor } from './callers/gateway.ts';
import { openDests } from './dests.ts';
import { type Figure, type Goal, short } from './figure.ts';
import { figureBeside, median } from './figures.ts';
import { bestOf, inTurns, type Turns } from './in-turns.ts';
import { type Obvious, openObvious } from './obvious.ts';
import { busyShare, machineTime } from './processor-time.ts';
import { proveSent } from './proof.ts';

const graphMs = 80;
/** Slots of a worker for those who wait: more than there are callers, on both sides. */
const slots = 400;
const obviousConcurrencies = [100, slots];
const destsPerRun = 10_000_000;

const full = { rounds: 5, warmRounds: 1, warmSeconds: 1.5, seconds: 5 };
const brief = { rounds: 1, warmRounds: 1, warmSeconds: 1, seconds: 2 };

/** What Graph's latency allows so many callers, as Graph's own callers have it. */
const ofTheBound: Goal = { ratioAtLeast: 0.95 };
/** Beyond this part of all cores in use, what is measured is the machine and not that bound. */
const saturatedShare = 0.97;

/** Callers who each wait for Graph's answer, beside the same callers of Graph itself: one API process and one worker. */
export const sync64: Bench = (options) =>
  inRedisHouse(options, async (scene) => {
    const { pombo, direct } = await openPombo(scene);
    const runs = await inTurns(scene, { pombo: () => pombo.send(64), direct: () => direct(64) });
    return [besideGraph('sync-64', runs, ofTheBound)];
  });

/** The same with so many callers that something is saturated; how much that is, is held against the obvious design. */
export const sync256: Bench = (options) =>
  inRedisHouse(options, async (scene) => {
    const { pombo, direct } = await openPombo(scene);
    const obvious = await openObvious(scene.house);
    try {
      const send = await openObviousSender(scene, obvious);
      const runs = await inTurns(scene, {
        pombo: () => pombo.send(256),
        obvious: () => send(256),
        'obvious, 64 connections': () => send(64),
        direct: () => direct(256),
      });
      const few = runs['obvious, 64 connections'];
      const best = median(few) > median(runs.obvious) ? few : runs.obvious;
      // A machine with nothing left to give says nothing about waiting; what it gives then is the other figure.
      const isSaturated = median(pombo.busy) >= saturatedShare;
      return [
        besideGraph(isSaturated ? 'sync-256, saturated' : 'sync-256', runs, isSaturated ? null : ofTheBound),
        besideObvious(runs.pombo, best),
      ];
    } finally {
      await obvious.close();
    }
  });

function besideGraph(name: string, runs: { pombo: number[]; direct: number[] }, goal: Goal | null): Figure {
  const what = { name: `${name}: beside Graph itself`, unit: 'per s', reference: 'directly to Graph', goal };
  return figureBeside(what, runs.pombo, runs.direct);
}

function besideObvious(pombo: number[], obvious: number[]): Figure {
  const name = 'sync-256: as many as it can, beside the obvious design';
  const what = { name, unit: 'per s', reference: 'obvious design', goal: { ratioAtLeast: 3 } };
  return figureBeside(what, pombo, obvious);
}

/** What all sides share. */
interface Scene extends Turns {
  house: House;
  take: ReturnType<typeof openDests>;
  warmSeconds: number;
  seconds: number;
}

function inRedisHouse(options: BenchOptions, measure: (scene: Scene) => Promise<Figure[]>): Promise<Figure[]> {
  const size = options.brief ? brief : full;
  return inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: graphMs }, (house) =>
    measure({ house, take: openDests(), ...size, say: options.say }),
  );
}

/** Messages per second, each answered with Graph's own word. */
type Sender = (connections: number) => Promise<number>;

/** `busy`: parts of all cores in use, one for each run through Pombo so far. */
async function openPombo(scene: Scene): Promise<{ pombo: { send: Sender; busy: number[] }; direct: Sender }> {
  const { house } = scene;
  await house.startWorker({ WORKER_NOW_CONCURRENCY: String(slots) });
  const api = await house.startApi();
  const lineId = await house.addLine(0);
  const busy: number[] = [];
  const send: Sender = async (connections) => {
    const from = await machineTime();
    const perSecond = await callGateway(scene, { url: api.url, lineId, connections }, house);
    busy.push(busyShare(from, await machineTime()));
    return perSecond;
  };
  return { pombo: { send, busy }, direct: (connections) => callGraph(scene, connections) };
}

async function openObviousSender(scene: Scene, obvious: Obvious): Promise<Sender> {
  const { url } = await obvious.startApi(scene.house.tsid);
  const send: Sender = (connections) => callGateway(scene, { url, lineId: '1', connections }, obvious);
  const tryWith = async (concurrency: number) => {
    const worker = await obvious.startWorker(concurrency);
    const perSecond = await send(256);
    await worker.end();
    return perSecond;
  };
  // Its API has just begun, which the first candidate must not be blamed for.
  await tryWith(slots);
  const name = 'concurrency of the obvious worker';
  const concurrency = await bestOf({ name, say: scene.say }, obviousConcurrencies, tryWith);
  await obvious.startWorker(concurrency);
  return send;
}

/** Each message is sent once, by its rows and by what Graph had. */
async function callGateway(
  scene: Scene,
  to: { url: string; lineId: string; connections: number },
  log: Parameters<typeof proveSent>[0],
): Promise<number> {
  const { ledger } = scene.house.simulator;
  const since = ledger.size;
  await scene.house.database.query('CHECKPOINT');
  const { first, report } = await callAs(scene, {
    ...waitingFor({ url: to.url, token: scene.house.tsid, lineId: to.lineId }),
    connections: to.connections,
  });
  await proveSent(log, ledger, since, { first, count: report.answered });
  return report.perSecond;
}

async function callGraph(scene: Scene, connections: number): Promise<number> {
  const { report } = await callAs(scene, {
    url: scene.house.simulator.url,
    path: '/v26.0/me/messages',
    token: 'EAAdirect',
    body: {
      before: `{"messaging_type":"UPDATE","message":{"text":"${filledText}","metadata":"bench"},"recipient":{"id":"`,
      after: '"}}',
    },
    expected: { status: 200, text: '"message_id"' },
    connections,
  });
  return report.perSecond;
}

async function callAs(
  { take, warmSeconds, seconds, say }: Scene,
  order: Omit<CallOrder, 'firstDest' | 'warmSeconds' | 'seconds'>,
) {
  const { first } = take(destsPerRun);
  const report = await call({ ...order, firstDest: first, warmSeconds, seconds });
  say(`  ${order.connections} connections: p50 ${short(report.p50Ms)} ms, p99 ${short(report.p99Ms)} ms`);
  return { first, report };
}
