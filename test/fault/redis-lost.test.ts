import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../support/house.ts';
import { type Load, promisedIn, startLoad } from '../support/load.ts';
import { untilNothingPending } from '../support/rows.ts';
import { longestSilenceMs, noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';
const sendingAgainMs = 10_000;

describe('a Redis that forgets everything under load', () => {
  let house: House | null;
  let apiUrl = '';

  beforeAll(async () => {
    house = await openHouse({ backend: 'redis', latency: 150 });
    if (!house) return;
    const [api] = await Promise.all([house.startApi(), house.startWorker(), house.startWorker()]);
    apiUrl = api.url;
  });
  afterAll(() => house?.stop());

  it('FLUSHALL: nothing lost, nothing twice, sending again within 10 s', async ({ skip }) => {
    if (!house?.redis) return skip();
    const { line, loads, startedAt } = await underLoad(house, apiUrl);
    const redis = new Redis(house.redis.url);
    for (let flushes = 0; flushes < (long ? 10 : 2); flushes += 1) {
      await redis.flushall();
      await house.simulator.ledger.whenAccepted(house.simulator.ledger.size + (long ? 500 : 150));
    }
    redis.disconnect();
    await expectNoHarm(house, line, loads);
    expect(longestSilenceMs(house.simulator.ledger, startedAt)).toBeLessThan(sendingAgainMs);
  });

  it('killed and started again without its data: nothing lost, nothing twice, sending again within 10 s', async ({
    skip,
  }) => {
    if (!house?.redis) return skip();
    const { line, loads } = await underLoad(house, apiUrl);
    await house.redis.kill('SIGKILL');
    await pause(long ? 10_000 : 2_000);
    const backAt = Date.now();
    await house.redis.restart({ keepData: false });
    await house.simulator.ledger.whenAccepted(house.simulator.ledger.size + (long ? 1_000 : 150));
    await expectNoHarm(house, line, loads);
    expect(longestSilenceMs(house.simulator.ledger, backAt)).toBeLessThan(sendingAgainMs);
  });
});

/** A line with callers of both kinds, once its messages flow. */
async function underLoad(house: House, url: string): Promise<{ line: string; loads: Load[]; startedAt: number }> {
  const lineId = await house.addLine(0);
  const loads = [
    startLoad(house, { url, lineId, perSecond: 40, async: true }),
    startLoad(house, { url, lineId, perSecond: 5, async: false }),
  ];
  await house.simulator.ledger.whenAccepted(house.simulator.ledger.size + 60);
  return { line: lineId, loads, startedAt: Date.now() };
}

/** Redis is nobody's truth: every caller was answered, and each of them by a message that was sent once. */
async function expectNoHarm(house: House, line: string, loads: readonly Load[]): Promise<void> {
  const heard = (await Promise.all(loads.map((load) => load.stop()))).flat();
  await untilNothingPending(house.database, line, 60_000);
  expect(await verdictOnLine(house, line, promisedIn(heard))).toEqual({ ...noHarm, sent: heard.length, unknown: 0 });
}
