import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { type Backend, type House, openHouse } from '../test/support/house.ts';
import { oneLine, quantile } from './figures.ts';

const graphMs = 80;
const rounds = 5;
const sendsPerRound = 60;
const goalMs = { redis: 10, postgres: 20 } as const satisfies Record<Backend, number>;

/**
 * One synchronous send at a time, Graph answering after 80 ms. What Pombo adds is the difference to the same call
 * made directly to the same Graph in the same run, taken in turns so that the machine's moods hit both.
 */
export async function sync1(): Promise<void> {
  for (const backend of ['redis', 'postgres'] as const) {
    const house = await openHouse({ backend, latency: graphMs });
    if (!house) {
      console.log(`sync-1 on ${backend}: skipped, no redis-server on the PATH`);
      continue;
    }
    try {
      await measure(house);
    } finally {
      await house.stop();
    }
  }
}

async function measure(house: House): Promise<void> {
  const line = await house.addLine(0);
  await house.startWorker({ LOG_LEVEL: 'info' });
  const api = await house.startApi({ LOG_LEVEL: 'info' });
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  const through = () =>
    timed(agent, `${api.url}/api/v2/MakeMessenger.php`, house.tsid, {
      app_id: line,
      dest: '5275811702471834',
      mdata: 'bench',
    });
  const direct = () =>
    timed(agent, `${house.simulator.url}/v26.0/me/messages`, 'EAAbench', {
      recipient: { id: '5275811702471834' },
      message: { text: 'bench' },
    });

  for (let warm = 0; warm < 20; warm += 1) await through().then(direct);
  const added: number[] = [];
  const all = { through: [] as number[], direct: [] as number[], nothing: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const ours: number[] = [];
    const graphs: number[] = [];
    for (let n = 0; n < sendsPerRound; n += 1) {
      ours.push(await through());
      graphs.push(await direct());
    }
    added.push(quantile(ours, 0.5) - quantile(graphs, 0.5));
    all.through.push(...ours);
    all.direct.push(...graphs);
  }
  // What this machine takes to wake an idle process up and hear its answer: no message, no database, one hop.
  for (let n = 0; n < sendsPerRound; n += 1) {
    await sleep(graphMs);
    all.nothing.push(await timedGet(agent, `${api.url}/healthz`));
  }
  await agent.close();

  console.log(`\nsync-1 on ${house.backend}: one synchronous send at a time, Graph at ${graphMs} ms`);
  console.log(oneLine('through Pombo', all.through));
  console.log(oneLine('directly to Graph', all.direct));
  console.log(oneLine('an idle API asked for /healthz', all.nothing));
  const p50 = quantile(added, 0.5);
  const verdict = p50 <= goalMs[house.backend] ? 'met' : 'MISSED';
  const spread = `${Math.min(...added).toFixed(1)} to ${Math.max(...added).toFixed(1)} over ${rounds} rounds`;
  console.log(`added by Pombo, p50: ${p50.toFixed(1)} ms (${spread}); goal ${goalMs[house.backend]} ms: ${verdict}`);
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
