import { openAccept } from '@pombo/db/accept.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type House, openHouse } from '../support/house.ts';
import { newMessage } from '../support/new-message.ts';
import { openProxy } from '../support/proxy.ts';

let house: House;

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
});
afterAll(() => house.stop());

it('nothing that was called unavailable has a row, however often the connection breaks before the answer', async () => {
  const proxy = await openProxy(house.postgres.port);
  const url = new URL(house.databaseUrl);
  url.port = String(proxy.port);
  const database = openDatabase({
    url: url.href,
    poolSize: 4,
    name: 'test',
    onError: () => {},
    answerTimeoutMs: 2_000,
  });
  const accept = openAccept(database, () => {});
  const line = await house.addLine(0);

  const answers = new Map<string, string>();
  for (let round = 0; round < 8; round += 1) {
    // Open connections, so that it is the commit whose answer is lost and not the greeting.
    await Promise.all(Array.from({ length: 4 }, () => database.query('SELECT pg_sleep(0.05)')));
    const ids = await Promise.all(Array.from({ length: 25 }, () => accept.drawId()));
    const results = ids.map((messageId, index) =>
      accept.accept(newMessage(messageId, { customerId: house.customerId, lineId: line, dest: `${round}00${index}` })),
    );
    proxy.swallowAnswers();
    // The proxy is whole again in half of the rounds, and stays broken until the callers give up in the others.
    const broken = proxy.swallowed();
    if (round % 2 === 0) {
      while (proxy.swallowed() === broken) await new Promise((resolve) => setImmediate(resolve));
      proxy.passAgain();
    }
    for (const [index, result] of (await Promise.all(results)).entries()) answers.set(ids[index] ?? '', result.kind);
    proxy.passAgain();
  }

  const rows = await house.database.query<{ id: string }>('SELECT cdls_id AS id FROM cdls');
  const written = new Set(rows.map((row) => row.id));
  const unavailable = [...answers].filter(([, kind]) => kind === 'unavailable');
  expect(unavailable.filter(([id]) => written.has(id))).toEqual([]);
  expect([...answers].filter(([id, kind]) => kind === 'accepted' && !written.has(id))).toEqual([]);
  expect(proxy.swallowed()).toBeGreaterThan(0);
  // When the proxy was whole again, asking again made the unknown certain.
  expect([...answers.values()].filter((kind) => kind === 'accepted').length).toBeGreaterThanOrEqual(100);
  await database.close();
  await proxy.close();
});
