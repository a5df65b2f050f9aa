import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../support/house.ts';
import { type Load, promisedIn, startLoad } from '../support/load.ts';
import { startWatchedRedis, type WatchedRedis } from '../support/redis-sentinels.ts';
import { untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { longestSilenceMs, noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';

/**
 * From the master's death: a second until it is believed, the vote and the promotion, and six seconds more where
 * the sentinels did not agree the first time.
 */
const sendingAgainMs = 20_000;

/** Longer than BullMQ's watchdog waits (6 s), which used to end the connection of a worker that was asking sentinels. */
const nobodyToAskMs = long ? 20_000 : 8_000;

describe('a Redis master that dies under load, with sentinels', () => {
  let redis: WatchedRedis | null;
  let house: House | null;
  let apiUrl = '';

  beforeAll(async () => {
    redis = await startWatchedRedis();
    if (!redis) return;
    house = await openHouse({ backend: 'redis', redisAt: redis, latency: 150 });
    if (!house) return;
    const [api] = await Promise.all([house.startApi(), house.startWorker(), house.startWorker()]);
    apiUrl = api.url;
  });
  afterAll(async () => {
    await house?.stop();
    await redis?.stop();
  });

  it('the copy takes over: nothing lost, nothing twice, callers answered; the old master comes back as a copy', async ({
    skip,
  }) => {
    if (!house || !redis) return skip();
    const { ledger } = house.simulator;
    const { first, second } = redis;
    const { line, loads } = await underLoad(house, apiUrl);

    await first.kill('SIGKILL');
    const diedAt = Date.now();
    await until(async () => (await redis?.masterPort()) === second.port, sendingAgainMs);
    const promotedAt = Date.now();
    await ledger.whenAccepted(ledger.size + (long ? 1_000 : 150));
    expect(longestSilenceMs(ledger, diedAt)).toBeLessThan(sendingAgainMs);

    const backAt = Date.now();
    await first.restart();
    await redis.untilCopying(first, second);
    await ledger.whenAccepted(ledger.size + (long ? 500 : 100));
    expect(await redis.masterPort()).toBe(second.port);
    expect(longestSilenceMs(ledger, backAt)).toBeLessThan(10_000);

    const heard = await expectNoHarm(house, line, loads);
    const waited = heard.filter(({ httpStatus, askedAt }) => httpStatus === 200 && askedAt > promotedAt + 5_000);
    expect(waited.length).toBeGreaterThan(5);
    expect(waited.filter(({ status }) => status !== 'OK')).toEqual([]);
  });

  it('with the sentinels away as well, and all of them back: nothing lost, nothing twice, sending again', async ({
    skip,
  }) => {
    if (!house || !redis) return skip();
    const { ledger } = house.simulator;
    const { line, loads } = await underLoad(house, apiUrl);
    const everybody = [redis.first, redis.second, ...redis.watchers];

    await Promise.all(everybody.map((server) => server.kill('SIGKILL')));
    await pause(nobodyToAskMs);
    const backAt = Date.now();
    await Promise.all(everybody.map((server) => server.restart()));
    await ledger.whenAccepted(ledger.size + (long ? 1_000 : 150));
    expect(longestSilenceMs(ledger, backAt)).toBeLessThan(sendingAgainMs);
    await expectNoHarm(house, line, loads);
  });

  it.runIf(long)(
    'that falls silent instead: nothing lost, nothing twice, sending again; it wakes up as a copy',
    async ({ skip }) => {
      if (!house || !redis) return skip();
      const { ledger } = house.simulator;
      const { line, loads } = await underLoad(house, apiUrl);
      const oldPort = await redis.masterPort();
      const [silent, other] = redis.first.port === oldPort ? [redis.first, redis.second] : [redis.second, redis.first];

      await silent.freeze();
      const silentAt = Date.now();
      await until(async () => (await redis?.masterPort()) === other.port, sendingAgainMs);
      await ledger.whenAccepted(ledger.size + 500);
      expect(longestSilenceMs(ledger, silentAt)).toBeLessThan(sendingAgainMs + 10_000);

      await silent.thaw();
      await redis.untilCopying(silent, other);
      await ledger.whenAccepted(ledger.size + 200);
      await expectNoHarm(house, line, loads);
    },
  );
});

/** A line with callers of both kinds, once its messages flow. */
async function underLoad(house: House, url: string): Promise<{ line: string; loads: Load[] }> {
  const line = await house.addLine(0);
  const loads = [
    startLoad(house, { url, lineId: line, perSecond: 40, async: true }),
    startLoad(house, { url, lineId: line, perSecond: 5, async: false }),
  ];
  await house.simulator.ledger.whenAccepted(house.simulator.ledger.size + 60);
  return { line, loads };
}

/** Every caller was answered, and each of them by a message that was sent once. */
async function expectNoHarm(house: House, line: string, loads: readonly Load[]) {
  const heard = (await Promise.all(loads.map((load) => load.stop()))).flat();
  await untilNothingPending(house.database, line, 60_000);
  expect(await verdictOnLine(house, line, promisedIn(heard))).toEqual({ ...noHarm, sent: heard.length, unknown: 0 });
  return heard;
}
