import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Backend, House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import type { Figure } from './figure.ts';
import { median, oneLine, quantile } from './figures.ts';

const graphMs = 80;
const goalMs = {
  redis: { p50: 4, p99: 15 },
  postgres: { p50: 8, p99: 25 },
} as const satisfies Record<Backend, { p50: number; p99: number }>;

/** Before that many sends, what runs is not what the compiler will have made of it after a minute of ordinary traffic. */
const warmSends = 10_000;
const warmAtOnce = 100;

/**
 * One synchronous send at a time, Graph answering after 80 ms, by processes that have been at work for a while. What
 * Pombo adds is the difference to the same call made directly to the same Graph in the same run, taken in turns so that
 * the machine's moods hit both.
 */
export const sync1: Bench = (options) =>
  inHouses(options, { backends: ['redis', 'postgres'], latency: graphMs }, (house) => measure(house, options));

async function measure(house: House, { brief, say }: BenchOptions): Promise<Figure[]> {
  const [rounds, sendsPerRound] = brief ? [2, 10] : [5, 100];
  const line = await house.addLine(0);
  await house.startWorker({ LOG_LEVEL: 'info' });
  const api = await house.startApi({ LOG_LEVEL: 'info' });
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  const through = (dest = '5275811702471834') =>
    timed(agent, `${api.url}/api/v2/MakeMessenger.php`, house.tsid, { app_id: line, dest, mdata: 'bench' });
  const direct = (dest = '5275811702471834') =>
    timed(agent, `${house.simulator.url}/v26.0/me/messages`, 'EAAbench', {
      recipient: { id: dest },
      message: { text: 'bench' },
    });

  await warmUp(brief ? 200 : warmSends, (dest) => through(dest).then(() => direct(dest)));
  const added = { p50: [] as number[], p99: [] as number[] };
  const all = { through: [] as number[], direct: [] as number[], nothing: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const ours: number[] = [];
    const graphs: number[] = [];
    for (let n = 0; n < sendsPerRound; n += 1) {
      ours.push(await through());
      graphs.push(await direct());
    }
    added.p50.push(median(ours) - median(graphs));
    added.p99.push(quantile(ours, 0.99) - quantile(graphs, 0.99));
    all.through.push(...ours);
    all.direct.push(...graphs);
  }
  // What this machine takes to wake an idle process up and hear its answer: no message, no database, one hop.
  for (let n = 0; n < sendsPerRound; n += 1) {
    await sleep(graphMs);
    all.nothing.push(await timedGet(agent, `${api.url}/healthz`));
  }
  await agent.close();

  say(`one synchronous send at a time on ${house.backend}, Graph at ${graphMs} ms`);
  say(oneLine('through Pombo', all.through));
  say(oneLine('directly to Graph', all.direct));
  say(oneLine('an idle API asked for /healthz', all.nothing));
  const figure = (which: 'p50' | 'p99', share: number): Figure => ({
    name: `sync-1 on ${house.backend}: added by Pombo, ${which}`,
    value: median(added[which]),
    unit: 'ms',
    reference: 'ms directly to Graph',
    referenceValue: quantile(all.direct, share),
    runs: added[which],
    goal: { atMost: goalMs[house.backend][which] },
  });
  return [figure('p50', 0.5), figure('p99', 0.99)];
}

async function warmUp(sends: number, send: (dest: string) => Promise<unknown>): Promise<void> {
  const callers = Array.from({ length: warmAtOnce }, async (_, caller) => {
    for (let n = caller; n < sends; n += warmAtOnce) await send(`${1_000_000 + caller}`);
  });
  await Promise.all(callers);
}

async function timed(agent: Agent, url: string, token: string, body: object): Promise<number> {
  const startedAt = performance.now();
  const answer = await request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`);
  return performance.now() - startedAt;
}

async function timedGet(agent: Agent, url: string): Promise<number> {
  const startedAt = performance.now();
  const answer = await request(url, { dispatcher: agent });
  await answer.body.text();
  return performance.now() - startedAt;
}
