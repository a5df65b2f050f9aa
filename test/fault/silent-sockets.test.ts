import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { type Heard, promisedIn, startLoad } from '../support/load.ts';
import { openProxy, type TestProxy, through } from '../support/proxy.ts';
import { endForgottenLeases, untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { longestSilenceMs, noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';
/** How long new connections are silent as well. */
const hardMs = long ? 20_000 : 3_000;
/**
 * What is silent is noticed, and callers are served as ever, so long after new connections work. At Graph a trial call
 * that began just before fails after 15 s, and the next one comes 10 s later.
 */
const servedAgainMs = { Redis: 15_000, PostgreSQL: 15_000, Graph: 30_000 } as const;

type Target = 'Redis' | 'PostgreSQL' | 'Graph';
type Fault = { target: Target; newOnes: boolean };

const targetsOf = {
  redis: ['Redis', 'PostgreSQL', 'Graph'],
  postgres: ['PostgreSQL', 'Graph'],
} as const satisfies Record<Backend, readonly Target[]>;

const faultsOf = (backend: Backend): Fault[] =>
  targetsOf[backend].flatMap((target) => [{ target, newOnes: true }, ...(long ? [{ target, newOnes: false }] : [])]);

describe.each<Backend>(['redis', 'postgres'])('silent sockets, the queue on %s', (backend) => {
  const open: (House | TestProxy)[] = [];

  afterAll(async () => {
    await Promise.all(open.map((part) => ('stop' in part ? part.stop() : part.close())));
  });

  // Most of the time is spent waiting, so they wait together.
  it.concurrent.for(faultsOf(backend))(
    'to $target (new ones too: $newOnes): noticed, nothing lost, nothing twice, and sending goes on',
    async (fault, { skip }) => {
      const house = await openHouse({ backend, latency: 150 });
      if (!house) return skip();
      const proxy = await openProxy(Number(new URL(addressOf(house, fault.target)).port));
      open.push(house, proxy);
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
      const isLate = ({ askedAt }: Heard) => askedAt > passedAt + servedAgainMs[fault.target];
      const lateOnes = () => loads.flatMap((load) => load.heard.filter(isLate));
      // Callers, not deliveries: what had gathered meanwhile may go out all at once.
      await until(
        () => lateOnes().length >= (long ? 500 : 50),
        60_000,
        () => ledger.summary(),
      );
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
      expect(heard.filter(isLate).filter(({ httpStatus, status }) => httpStatus !== 202 && status !== 'OK')).toEqual(
        [],
      );
      expect(verdict).toMatchObject(noHarm);
    },
  );
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
