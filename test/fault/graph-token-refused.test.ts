import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtGate } from '../support/gate-looks.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { openPages, type Page } from '../support/pages.ts';
import { countByStatus, untilNothingPending } from '../support/rows.ts';
import { sendAndWait } from '../support/sync-send.ts';
import { until } from '../support/until.ts';
import { noHarm, verdictOnPage } from '../support/verdict.ts';

const long = process.env.POMBO_FAULTS === 'long';
const messages = long ? 10_000 : 300;
const pace = long ? 300 : 100;

describe.concurrent.each<Backend>(['redis', 'postgres'])('a page’s token is taken away, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 100 });
  });
  afterAll(() => house?.stop());

  it('parks the line at the first refusal; with a new token all the rest go out once', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator, send } = house;
    const pages = openPages(house);
    const page = await pages.add(pace);
    const neighbour = await pages.add(pace);
    const [api] = await Promise.all([house.startApi(), house.startWorker(), house.startWorker()]);

    await send(page.lineId, messages);
    await simulator.ledger.whenAccepted(messages / 2);
    simulator.weather.add({ match: { token: page.token }, effect: { kind: 'error', code: 190, subcode: 460 } });
    await until(
      async () => (await lookAtGate(database, page)).parkedAt !== null,
      10_000,
      () => lookAtGate(database, page),
    );

    // Meanwhile a caller who waits is told at once, in the documented words, and other pages go on.
    const answer = await sendAndWait(house, api, page, '7000000');
    expect(answer).toMatchObject({ http: 400, envelope: { status: 'ERROR', status_code: 400, messageId: '' } });
    expect(answer.tookMs).toBeLessThan(3_000);
    expect(await settledAs(house, answer.envelope.cdls_id)).toEqual({ status: 'ERROR', code: 400 });
    expect((await sendAndWait(house, api, neighbour, '7000000')).envelope.status).toBe('OK');

    await until(
      async () => (await lookAtGate(database, page)).open.bulk === 0,
      20_000,
      () => lookAtGate(database, page),
    );
    const refusals = await refusalsOf(house, page);
    expect(refusals.count).toBeGreaterThan(0);
    expect(refusals.openedAfterParking).toBe(0);
    expect(refusals.parkedAfterMs).toBeLessThan(1_000);
    // Whoever was refused has lost nothing but time.
    const { OK: sent = 0, ...unsent } = await countByStatus(database, page.lineId);
    expect(unsent).toEqual({ PENDING: messages - sent, ERROR: 1 });
    expect(sent).toBeLessThan(messages);
    expect(await lookAtGate(database, page)).toMatchObject({ parkedReason: expect.stringMatching(/token/i) });

    await pages.giveNewToken(page);
    await untilNothingPending(database, page.lineId, long ? 240_000 : 60_000);
    const said = await verdictOnPage(database, simulator.ledger, page);
    expect(said).toEqual({ status: { OK: messages, ERROR: 1 }, delivered: messages, ...noHarm });
    expect(await refusalsOf(house, page)).toEqual({ ...refusals, parkedAfterMs: null });
    expect(await lookAtGate(database, page)).toMatchObject({ parkedAt: null, parkedReason: null });
  });
});

interface Refusals {
  count: number;
  /** Calls that were begun although the line was parked already. */
  openedAfterParking: number;
  /** From the answer that first refused the token to the parking; null while the line is not parked. */
  parkedAfterMs: number | null;
}

async function refusalsOf({ database }: House, { lineId }: Page): Promise<Refusals> {
  const [row] = await database.query<Refusals>(
    `SELECT count(*)::int AS count,
            (count(*) FILTER (WHERE a.opened_at > l.v8l_parked_at))::int AS "openedAfterParking",
            extract(epoch FROM max(l.v8l_parked_at) - min(a.turn_at + a.total_ms * interval '1 millisecond'))::float8 * 1000 AS "parkedAfterMs"
       FROM attempt a JOIN cdls m USING (cdls_id) JOIN cd_v8_line l ON l.v8l_id = m.v8l_id
      WHERE m.v8l_id = $1::bigint AND a.code = 190`,
    [lineId],
  );
  if (!row) throw new Error('an aggregate has a row');
  return row;
}

async function settledAs(
  { database }: House,
  messageId: number,
): Promise<{ status: string; code: number } | undefined> {
  const rows = await database.query<{ status: string; code: number }>(
    'SELECT cdls_status AS status, cdls_return_code AS code FROM cdls WHERE cdls_id = $1::bigint',
    [messageId],
  );
  return rows[0];
}
