import type { Effect } from '@pombo/graph-simulator/weather.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { openPages, type Page } from '../support/pages.ts';
import { untilNothingPending } from '../support/rows.ts';
import { sendAndWait } from '../support/sync-send.ts';
import { noHarm, verdictOnPage } from '../support/verdict.ts';

const long = process.env.POMBO_FAULTS === 'long';
const pagesPerEnding = long ? 10 : 1;
/** With the one that somebody waits for that makes four: a fifth in a row would close the line, which is another test. */
const asynchronous = 3;

/** Every way in which the request was written and no answer came that can be believed. */
const endings: Effect[] = [
  { kind: 'accept_then_hang' },
  { kind: 'hang' },
  { kind: 'reset_after_accept' },
  { kind: 'reset_before_accept' },
  ...[true, false].flatMap((accept): Effect[] => [
    { kind: 'unparseable_200', accept },
    { kind: 'html_502', accept },
    { kind: 'error', code: 1, subcode: 1357046, accept },
    { kind: 'half_answer', accept },
    { kind: 'garbage', accept },
  ]),
];

describe.concurrent.each<Backend>(['redis', 'postgres'])('an answer that nobody can trust, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend });
  });
  afterAll(() => house?.stop());

  it('leaves one delivery or none, never two, and the row says unknown', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator, send, tsid } = house;
    const [api, ...workers] = await Promise.all([house.startApi(), house.startWorker(), house.startWorker()]);
    const cases = await underEachEnding(house);

    for (const { page } of cases) await send(page.lineId, asynchronous);
    const answers = await Promise.all(cases.map(({ page }) => sendAndWait({ tsid }, api, page, '7000000')));
    for (const answer of answers) {
      expect(answer).toMatchObject({ http: 200, location: `/v1/messages/${answer.envelope.cdls_id}` });
      expect(answer.envelope).toMatchObject({ status: 'WR', status_code: 1, messageId: '' });
    }
    for (const { page } of cases) await untilNothingPending(database, page.lineId, 60_000);

    // Fair weather: whoever would come back for one of them by himself could do so now, and succeed.
    simulator.weather.clear();
    for (const { page } of cases) await send(page.lineId, 1, { dest: '8000000' });
    for (const { page } of cases) await untilNothingPending(database, page.lineId, 60_000);
    for (const worker of workers) expect(await worker.end('SIGTERM')).toBe(0);

    for (const { page, ending } of cases) {
      const said = await verdictOnPage(database, simulator.ledger, page);
      const delivered = accepts(ending) ? asynchronous + 1 : 0;
      const expected = { status: { OK: 1, WR: asynchronous + 1 }, delivered: delivered + 1, ...noHarm };
      expect({ ending, ...said }).toEqual({ ending, ...expected });
      expect(await unknownAfterOneCall(house, page)).toBe(asynchronous + 1);
    }
  });
});

function accepts(ending: Effect): boolean {
  if ('accept' in ending) return ending.accept === true;
  return ending.kind === 'accept_then_hang' || ending.kind === 'reset_after_accept';
}

/** A page without a pace for each of them. */
async function underEachEnding(house: House): Promise<{ page: Page; ending: Effect }[]> {
  const pages = openPages(house);
  const each = endings.flatMap((ending) => Array.from({ length: pagesPerEnding }, () => ending));
  return Promise.all(
    each.map(async (ending) => {
      const page = await pages.add(0);
      house.simulator.weather.add({ match: { pageId: page.pageId }, effect: ending });
      return { page, ending };
    }),
  );
}

async function unknownAfterOneCall({ database }: House, { lineId }: Page): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM delivery d
      WHERE d.v8l_id = $1::bigint AND d.state = 'unknown'
        AND (SELECT count(*) FROM attempt a WHERE a.cdls_id = d.cdls_id) = 1`,
    [lineId],
  );
  return row?.count ?? 0;
}
