import { setTimeout as pause } from 'node:timers/promises';
import { pauseCampaign, resumeCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { findCampaign } from '@pombo/db/campaigns.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDraft, countsOf, recount } from '../support/campaign.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { until } from '../support/until.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';
const recipients = long ? 200_000 : 3_000;
const graphMs = 80;
/** Within this much a pause and a resume take effect; the short form shares its machine with another file's tests. */
const effectMs = long ? 2_000 : 10_000;
/** Nobody is called for so long: at rest. And at least so long is watched, as the first stillness may be a chance. */
const stillMs = 1_500;
const watchedMs = 3_500;

describe.each<Backend>(['redis', 'postgres'])('a campaign under fire on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: graphMs });
  });
  afterAll(() => house?.stop());

  it('reaches everybody on its list once, and its counts add up at every instant', async ({ skip }) => {
    if (!house) return skip();
    const { database, customerId, simulator } = house;
    const lineId = await house.addLine(0);
    const dests = Array.from({ length: recipients }, (_, n) => String(40_000_000 + n));
    const id = await addDraft(database, { customerId, lineId, dests });
    const small = { WORKER_CONCURRENCY: long ? '200' : '60' };
    const victim = await house.startWorker(small);
    await house.startWorker(small);
    const counting = watchCounts(house, id);

    await startCampaign(database, customerId, id, null);
    await simulator.ledger.whenAccepted(recipients * 0.1);
    await victim.end('SIGKILL');
    await house.startWorker(small);
    if (!long) await endLeases(house);
    await simulator.ledger.whenAccepted(recipients * 0.25);
    await expectPauseAndResume(house, id);
    await simulator.ledger.whenAccepted(recipients * 0.5);
    await flush(house);
    await simulator.ledger.whenAccepted(recipients * 0.75);
    await Promise.all([1, 2].map(async () => (await house?.startWorker(small))?.end('SIGTERM')));

    const isOver = async () => (await findCampaign(database, customerId, id))?.state === 'finished';
    await until(isOver, 170_000, () => countsOf(database, id));
    const samples = await counting.stop();
    expect(samples.length).toBeGreaterThan(20);
    expect(samples.filter((sum) => sum !== recipients)).toEqual([]);
    await expectEachOnce(house, id, dests);
  });
});

/** Asks for the counts all the time, as fast as they come. */
function watchCounts(house: House, id: string): { stop(): Promise<number[]> } {
  const sums: number[] = [];
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const progress = (await readProgress(house.database, [id])).get(id);
      sums.push(progress?.recipients ?? -1);
      await pause(20);
    }
  })().catch((error) => error);
  return {
    async stop() {
      stopping.abort();
      expect(await watching).toBeUndefined();
      return sums;
    },
  };
}

/** Two click at once; and what is paused makes no further call within the time allowed, for as long as it stays so. */
async function expectPauseAndResume({ database, customerId, simulator }: House, id: string): Promise<void> {
  await Promise.all([1, 2].map(() => pauseCampaign(database, customerId, id)));
  const pausedAt = Date.now();
  const atRest = await whenStill(simulator.ledger);
  expect(atRest.since - pausedAt, 'from pausing to the last call').toBeLessThan(effectMs);

  const resumed = await Promise.all([1, 2].map(() => resumeCampaign(database, customerId, id, 'pending')));
  expect(resumed.sort()).toEqual([false, true]);
  const resumedAt = Date.now();
  await simulator.ledger.whenAccepted(atRest.size + 1);
  expect(Date.now() - resumedAt, 'from resuming to the first call').toBeLessThan(effectMs);
}

/** When the last call was seen, and how many there had been by then. */
async function whenStill(ledger: { readonly size: number }): Promise<{ since: number; size: number }> {
  const startedAt = Date.now();
  let last = { since: startedAt, size: ledger.size };
  await until(() => {
    if (ledger.size !== last.size) last = { since: Date.now(), size: ledger.size };
    return Date.now() - startedAt >= watchedMs && Date.now() - last.since >= stillMs;
  }, 60_000);
  return last;
}

async function flush({ redis: server, database }: House): Promise<void> {
  if (server) {
    const redis = new Redis(server.url);
    await redis.flushall();
    redis.disconnect();
    return;
  }
  await database.query('DELETE FROM bullmq.job');
}

/** The short form does not wait for the leases: the database is told that they are over. */
async function endLeases({ database }: House): Promise<void> {
  await database.query(
    "UPDATE delivery SET lease_until = now() - interval '1 second' WHERE state = 'sending' AND lease_until < now() + interval '44 seconds'",
  );
}

async function expectEachOnce({ database, simulator }: House, id: string, dests: readonly string[]): Promise<void> {
  const times = new Map<string, number>();
  for (const { dest } of simulator.ledger.entries()) times.set(dest, (times.get(dest) ?? 0) + 1);
  expect([...times].filter(([, count]) => count > 1)).toEqual([]);

  const counts = await countsOf(database, id);
  expect(await recount(database, id)).toEqual(counts);
  expect((counts.sent ?? 0) + (counts.unknown ?? 0)).toBe(dests.length);
  const sent = await database.query<{ dest: string }>(
    `SELECT r.dest FROM campaign_recipient r JOIN cdls m USING (cdls_id) WHERE r.campaign_id = $1 AND m.cdls_status = 'OK'`,
    [id],
  );
  expect(sent.filter(({ dest }) => !times.has(dest))).toEqual([]);
}
