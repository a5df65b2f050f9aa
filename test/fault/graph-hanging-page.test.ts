import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchGate } from '../support/gate-looks.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { openPages, type Page } from '../support/pages.ts';
import { countByStatus, untilNothingPending } from '../support/rows.ts';
import { noHarm, verdictOnPage } from '../support/verdict.ts';

const long = process.env.POMBO_FAULTS === 'long';
const seconds = long ? 60 : 20;
const healthyPages = 20;
const healthyPace = 2;
const hangingPace = 40;
/** Of one worker. The page that hangs would hold all of lane `now` after ten seconds, long before its first call's deadline. */
const nowSlots = 25;
const slots = { WORKER_CONCURRENCY: '60', WORKER_NOW_CONCURRENCY: String(nowSlots) };
const hangingNowPerSecond = 5;
const healthyNowEverySeconds = 5;

describe.concurrent.each<Backend>(['redis', 'postgres'])('a page hangs on every call, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 100 });
  });
  afterAll(() => house?.stop());

  it('the other pages keep their throughput, and few of its calls are open', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator, send } = house;
    const pages = openPages(house);
    const hanging = await pages.add(hangingPace);
    const healthy: Page[] = [];
    for (let n = 0; n < healthyPages; n += 1) healthy.push(await pages.add(healthyPace));
    simulator.weather.add({ match: { pageId: hanging.pageId }, effect: { kind: 'accept_then_hang' } });
    await Promise.all([house.startWorker(slots), house.startWorker(slots)]);

    const watch = watchGate(database, hanging);
    await send(hanging.lineId, hangingPace * seconds);
    for (const page of healthy) await send(page.lineId, healthyPace * seconds);
    await sendNow(house, hanging, healthy);

    for (const page of healthy) await untilNothingPending(database, page.lineId, 60_000);
    const looks = await watch.stop();
    for (const page of healthy) {
      const sent = healthyPace * seconds + seconds / healthyNowEverySeconds;
      const said = await verdictOnPage(database, simulator.ledger, page);
      expect(said).toEqual({ status: { OK: sent }, delivered: sent, ...noHarm });
    }
    // At every moment there were slots left for whoever waited for another page.
    expect(Math.max(...looks.map((look) => look.open.now))).toBeLessThan(2 * nowSlots);

    // What hung is unknown, what did not go waits; and nothing is sent twice.
    expect(await verdictOnPage(database, simulator.ledger, hanging)).toMatchObject(noHarm);
    expect(Object.keys(await countByStatus(database, hanging.lineId)).sort()).toEqual(['PENDING', 'WR']);
    const held = looks.filter((look) => look.held !== null);
    expect(held.length).toBeGreaterThan(0);
    const open = await mostOpenAfter(house, hanging, held[0]?.at ?? 0);
    expect(open.now).toBeLessThanOrEqual(Math.max(...held.map((look) => look.held?.now ?? 0)));
    expect(open.bulk).toBeLessThanOrEqual(Math.max(...held.map((look) => look.held?.bulk ?? 0)));
  });
});

/** Somebody waits for these: many on the page that hangs, and now and then one on each of the others. */
async function sendNow(house: House, hanging: Page, healthy: readonly Page[]): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    const beganAt = performance.now();
    const dest = (n: number) => `${8_000_000 + 100 * second + n}`;
    const theirTurn = healthy.filter((_, n) => n % healthyNowEverySeconds === second % healthyNowEverySeconds);
    const hangingSends = Array.from({ length: hangingNowPerSecond }, (_, n) => sendOneNow(house, hanging, dest(n)));
    await Promise.all([...hangingSends, ...theirTurn.map((page) => sendOneNow(house, page, dest(99)))]);
    await pause(Math.max(0, 1_000 - (performance.now() - beganAt)));
  }
}

/** As with the API, a queue that is slow to take a note changes nothing: the row is there, and the sweep finds it. */
async function sendOneNow({ send }: House, page: Page, dest: string): Promise<void> {
  await send(page.lineId, 1, { lane: 'now', dest }).catch((error: Error) => {
    if (!error.message.startsWith('enqueue')) throw error;
  });
}

/**
 * The most calls that were open when another one was begun after this moment (milliseconds since 1970), that one
 * included. Calls that were about to end do not count: whoever granted the turn may have known already.
 */
async function mostOpenAfter(
  { database }: House,
  { lineId }: Page,
  at: number,
): Promise<{ now: number; bulk: number }> {
  const rows = await database.query<{ lane: 'now' | 'bulk'; open: number }>(
    `WITH call AS (
       SELECT m.cdls_lane AS lane, a.opened_at, coalesce(a.closed_at, 'infinity') AS closed_at
         FROM attempt a JOIN cdls m USING (cdls_id) WHERE m.v8l_id = $1::bigint)
     SELECT c.lane, max((SELECT count(*) FROM call o WHERE o.lane = c.lane AND o.opened_at <= c.opened_at
                            AND o.closed_at > c.opened_at + interval '1 second'))::int AS open
       FROM call c WHERE c.opened_at > to_timestamp($2::float8 / 1000) GROUP BY 1`,
    [lineId, at],
  );
  return { now: 0, bulk: 0, ...Object.fromEntries(rows.map((row) => [row.lane, row.open])) };
}
