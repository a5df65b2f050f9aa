import type { House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { call } from './callers/call.ts';
import { waitingFor } from './callers/gateway.ts';
import { openDests } from './dests.ts';
import type { Figure } from './figure.ts';
import { median } from './figures.ts';
import { heldByProcess, readWhile } from './held.ts';
import { inTurns } from './in-turns.ts';
import { proveSent } from './proof.ts';
import { sendWaiting } from './waiting-messages.ts';

const graphMs = 80;
/** So that most of the time everybody waits; not as slow as a page that hangs, which is given few slots. */
const slowGraphMs = 1_900;
/** Beyond this a curve is a fault. */
const steepest = 1.2;

/** What one message costs one worker at full speed, as the lines its messages are on become more. */
export const curveLines: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: graphMs }, async (house) => {
    const points = options.brief ? [1, 20] : [1, 10, 100, 1_000, 5_000];
    const messages = options.brief ? 1_000 : 20_000;
    const take = openDests();
    const lineIds: string[] = [];
    for (let n = 0; n < Math.max(...points); n += 1) lineIds.push(await house.addLine(0));
    await house.startWorker();
    const send = (lines: number) =>
      sendWaiting(house, house.simulator.ledger, { lineIds: lineIds.slice(0, lines), dests: take(messages) });
    const runs = await alongCurve(options, points, async (lines) => 1000 / (await send(lines)));
    return curveFigures({ house, of: 'lines', unit: 'ms per message', points }, runs);
  });

/** The same, as worker processes become more: that two cores do not become four is seen here as well. */
export const curveWorkers: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: graphMs }, async (house) => {
    const points = [1, 2, 4];
    const [messages, warm] = options.brief ? [1_000, 300] : [20_000, 5_000];
    const take = openDests();
    const send = async (count: number) =>
      sendWaiting(house, house.simulator.ledger, { lineIds: [await house.addLine(0)], dests: take(count) });
    const runs = await alongCurve(options, points, async (workers) => {
      const programs = await Promise.all(Array.from({ length: workers }, () => house.startWorker()));
      await send(warm * workers);
      const perSecond = await send(messages);
      await Promise.all(programs.map((program) => program.end('SIGTERM')));
      return 1000 / perSecond;
    });
    return curveFigures({ house, of: 'workers', unit: 'ms per message', points }, runs);
  });

/**
 * What a message costs as more callers wait for theirs at once, and by how much the API's process grows for each.
 */
export const curveWaiting: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: slowGraphMs }, async (house) => {
    const points = options.brief ? [1, 50] : [1, 10, 100, 1_000, 5_000];
    const take = openDests();
    const lineId = await house.addLine(0);
    await house.startWorker({ WORKER_NOW_CONCURRENCY: '6000' });
    const api = await house.startApi({ API_MAX_WAITING: '6000' });
    const empty = await heldByProcess(api.pid);
    const grown: number[] = [];
    const runs = await alongCurve(options, points, async (connections) => {
      const { first } = take(10_000_000);
      const since = house.simulator.ledger.size;
      const calling = call({
        ...waitingFor({ url: api.url, token: house.tsid, lineId }),
        firstDest: first,
        connections,
        warmSeconds: 2,
        seconds: options.brief ? 4 : 8,
      });
      const held = await readWhile(calling, 250, () => heldByProcess(api.pid));
      const { answered, p50Ms } = await calling;
      await proveSent(house, house.simulator.ledger, since, { first, count: answered });
      if (connections === Math.max(...points)) grown.push(((Math.max(...held) - empty) * 1000) / connections);
      return p50Ms;
    });
    const perCaller: Figure = {
      name: `curve-waiting on ${house.backend}: API grows by, for each of ${Math.max(...points)} callers`,
      value: median(grown),
      unit: 'kB',
      reference: null,
      referenceValue: null,
      runs: grown,
      goal: null,
    };
    return [...curveFigures({ house, of: 'waiting', unit: 'ms to the answer, p50', points }, runs), perCaller];
  });

/** Every point once, then every point again. */
function alongCurve(
  { brief, say }: BenchOptions,
  points: readonly number[],
  measure: (point: number) => Promise<number>,
): Promise<Record<string, number[]>> {
  const sides = Object.fromEntries(points.map((point) => [String(point), () => measure(point)]));
  return inTurns({ rounds: brief ? 1 : 5, warmRounds: brief ? 0 : 1, say }, sides);
}

/** Every point beside the first. */
function curveFigures(
  { house, of, unit, points }: { house: House; of: string; unit: string; points: readonly number[] },
  runs: Record<string, number[]>,
): Figure[] {
  const [first = 0, ...others] = points;
  const referenceValue = median(runs[first] ?? []);
  return others.map((point) => ({
    name: `curve-${of} on ${house.backend}: ${point}`,
    value: median(runs[point] ?? []),
    unit,
    reference: `at ${first}`,
    referenceValue,
    runs: runs[point] ?? [],
    goal: { ratioAtMost: steepest },
  }));
}
