import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type House, openHouse } from '../support/house.ts';
import { openProxy, type TestProxy } from '../support/proxy.ts';
import { untilNothingPending } from '../support/rows.ts';

let house: House;
let proxy: TestProxy;

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
  proxy = await openProxy(house.postgres.port);
});
afterAll(async () => {
  await proxy.close();
  await house.stop();
});

it('the API’s connections cut between COMMIT and its answer: nothing answered 503 is ever delivered', async () => {
  const line = await house.addLine(0);
  const url = new URL(house.databaseUrl);
  url.port = String(proxy.port);
  await house.startWorker();
  const api = await house.startApi({ DATABASE_URL: url.href });

  const answers = new Map<string, number>();
  async function send(dest: string): Promise<void> {
    const answer = await fetch(`${api.url}/api/v2/MakeMessenger.php`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.tsid}` },
      body: new URLSearchParams({ app_id: line, dest, mdata: 'hello', async: '1' }),
    });
    await answer.arrayBuffer();
    answers.set(dest, answer.status);
  }

  for (let round = 0; round < 6; round += 1) {
    // A warm cache and open connections: the commit is what breaks, not the greeting.
    await untilAccepted(
      () => send(`1${round}`),
      () => answers.get(`1${round}`),
    );
    const sends = Array.from({ length: 30 }, (_, n) => send(`2${round}${String(n).padStart(2, '0')}`));
    await pause(round % 3);
    proxy.swallowAnswers();
    await pause(400);
    proxy.passAgain();
    await Promise.all(sends);
  }

  await untilNothingPending(house.database, line, 60_000);
  const delivered = new Set(house.simulator.ledger.entries().map((entry) => entry.dest));
  const with503 = [...answers].filter(([, status]) => status === 503).map(([dest]) => dest);
  expect(with503.filter((dest) => delivered.has(dest))).toEqual([]);
  expect(proxy.swallowed()).toBeGreaterThan(0);
  expect([...new Set(answers.values())].filter((status) => status !== 202 && status !== 503)).toEqual([]);
  expect(house.simulator.ledger.summary().byMetadataDuplicates).toBe(0);
  // Whoever was told 202 with a row that exists is delivered.
  const rows = await house.database.query<{ dest: string }>('SELECT cdls_dest AS dest FROM cdls');
  expect(rows.filter(({ dest }) => !delivered.has(dest))).toEqual([]);
});

async function untilAccepted(send: () => Promise<void>, status: () => number | undefined): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  while (status() !== 202) {
    if (performance.now() > giveUpAt) throw new Error(`the API did not recover: ${status()}`);
    await send();
    if (status() !== 202) await pause(100);
  }
}
