import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { promisedIn, startLoad } from '../support/load.ts';
import { openProxy, type TestProxy, through } from '../support/proxy.ts';
import { endForgottenLeases, untilNothingPending } from '../support/rows.ts';
import { longestSilenceMs, noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';
/** How long new connections are silent as well. */
const hardMs = long ? 20_000 : 3_000;
/** What is silent is noticed, and callers are served as ever, so long after new connections work. */
const servedAgainMs = { Redis: 15_000, PostgreSQL: 15_000, Graph: 25_000 } as const;

type Target = 'Redis' | 'PostgreSQL' | 'Graph';
type Fault = { backend: Backend; target: Target; newOnes: boolean };

const everyTarget: Omit<Fault, 'newOnes'>[] = [
  { backend: 'redis', target: 'Redis' },
  { backend: 'redis', target: 'PostgreSQL' },
  { backend: 'redis', target: 'Graph' },
  { backend: 'postgres', target: 'PostgreSQL' },
  { backend: 'postgres', target: 'Graph' },
];
const faults = everyTarget.flatMap((fault): Fault[] => [
  { ...fault, newOnes: true },
  ...(long ? [{ ...fault, newOnes: false }] : []),
]);

describe.each(faults)('sockets to $target go silent, the queue on $backend, new ones too: $newOnes', (fault) => {
  let house: House | null = null;
  let proxy: TestProxy | null = null;

  afterEach(async () => {
    await house?.stop();
    await proxy?.close();
  });

  it('is noticed, nothing is lost, nothing is sent twice, and sending goes on', async ({ skip }) => {
    house = await openHouse({ backend: fault.backend, latency: 150 });
    if (!house) return skip();
    proxy = await openProxy(Number(new URL(addressOf(house, fault.target)).port));
    const detour = detourTo(house, fault.target, proxy);
    const lineId = await house.addLine(0);
    const [api] = await Promise.all([house.startApi(detour), house.startWorker(detour), house.startWorker(detour)]);
    const loads = [
      startLoad(house, { url: api.url, lineId, perSecond: 20, async: true }),
      startLoad(house, { url: api.url, lineId, perSecond: 5, async: false }),
    ];
    const { ledger } = house.simulator;
    await ledger.whenAccepted(60);

    const silentAt = Date.now();
    proxy.goSilent({ newOnes: fault.newOnes });
    if (fault.newOnes) await pause(hardMs);
    const passedAt = Date.now();
    proxy.passAgain();
    await pause(servedAgainMs[fault.target]);
    await ledger.whenAccepted(ledger.size + (long ? 500 : 100));
    const heard = (await Promise.all(loads.map((load) => load.stop()))).flat();
    if (!long) await endForgottenLeases(house.database);
    await untilNothingPending(house.database, lineId, 120_000);

    expect(proxy.silenced()).toBeGreaterThan(0);
    const rows = await house.database.query<{ id: string }>('SELECT cdls_id AS id FROM cdls');
    const written = new Set(rows.map(({ id }) => id));
    // Of a commit whose answer went silent nobody knows; everybody answered before has a row.
    const promised = heard.filter(({ answeredAt, messageId }) => answeredAt < silentAt || written.has(messageId));
    const verdict = await verdictOnLine(house, lineId, promisedIn(promised));
    expect(longestSilenceMs(ledger, passedAt)).toBeLessThan(servedAgainMs[fault.target]);
    const late = heard.filter(({ askedAt }) => askedAt > passedAt + servedAgainMs[fault.target]);
    expect(late.length).toBeGreaterThan(10);
    expect(late.filter(({ httpStatus, status }) => httpStatus !== 202 && status !== 'OK')).toEqual([]);
    expect(verdict).toMatchObject(noHarm);
  });
});

function addressOf(house: House, target: Target): string {
  const address = { Redis: house.redis?.url, PostgreSQL: house.databaseUrl, Graph: house.simulator.url }[target];
  if (!address) throw new Error(`there is no ${target} here`);
  return address;
}

function detourTo(house: House, target: Target, proxy: TestProxy): Record<string, string> {
  const setting = { Redis: 'REDIS_URL', PostgreSQL: 'DATABASE_URL', Graph: 'GRAPH_BASE_URL' }[target];
  return { [setting]: through(proxy, addressOf(house, target)) };
}
