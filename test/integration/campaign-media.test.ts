import { resumeCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { type CampaignStanding, readStandings } from '@pombo/db/campaign-progress.ts';
import { type Campaign, findCampaign, type NewCampaign } from '@pombo/db/campaigns.ts';
import type { LedgerEntry } from '@pombo/graph-simulator/ledger.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addDraft, countsOf } from '../support/campaign.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { attemptsByOutcome } from '../support/rows.ts';
import { until } from '../support/until.ts';

let lastDest = 50_000_000;
let lastUrl = 0;

describe.each<Backend>(['redis', 'postgres'])('media of a campaign on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend });
    await Promise.all([house?.startWorker(), house?.startWorker()]);
  });
  afterAll(() => house?.stop());
  afterEach(() => house?.simulator.weather.clear());

  it('is uploaded once for the page, and everybody gets it by its id', async ({ skip }) => {
    if (!house) return skip();
    const first = await run(house, await house.addLine(0), 200);
    const other = await run(house, await house.addLine(0), 20, { template: first.campaign.template });
    await untilState(house, first, 'finished');
    await untilState(house, other, 'finished');

    const [ids, otherIds] = [attachmentIds(house, first), attachmentIds(house, other)];
    expect([ids, otherIds]).toEqual([[expect.any(String)], [expect.any(String)]]);
    expect(ids).not.toEqual(otherIds);
    const { good } = house.simulator.assets.summary();
    expect(good.filter(({ url }) => url === first.campaign.template)).toHaveLength(2);
    expectEachOnce(house, first);
    expectEachOnce(house, other);
  });

  it('that expires under way is uploaded again, and nobody is left out or written to twice', async ({ skip }) => {
    if (!house) return skip();
    const { simulator, database } = house;
    const lineId = await house.addLine(80);
    const before = simulator.ledger.size;
    const sending = await run(house, lineId, 400);
    await simulator.ledger.whenAccepted(before + 60);
    simulator.assets.expireAll();
    await untilState(house, sending, 'finished');

    expectEachOnce(house, sending);
    // Some go by the URL until there is a new id.
    expect(attachmentIds(house, sending).filter((id) => id !== null)).toHaveLength(2);
    const outcomes = await attemptsByOutcome(database, lineId);
    expect(outcomes).toEqual({ sent: 400, asset_gone: expect.any(Number) });
    const twice = await database.query(
      "SELECT 1 FROM attempt JOIN cdls USING (cdls_id) WHERE v8l_id = $1 AND outcome = 'asset_gone' GROUP BY cdls_id HAVING count(*) > 1",
      [lineId],
    );
    expect(twice).toEqual([]);
    const tries = await database.query("SELECT 1 FROM cdls WHERE v8l_id = $1 AND cdls_status <> 'OK'", [lineId]);
    expect(tries).toEqual([]);
  });

  it('that Meta does not take stops its campaign, which may go on when it is mended', async ({ skip }) => {
    if (!house) return skip();
    const { simulator, database, customerId } = house;
    simulator.weather.add({
      match: { call: 'upload' },
      firstN: 1,
      effect: { kind: 'error', code: 100, subcode: 2018109 },
    });
    const stopped = await run(house, await house.addLine(0), 10);
    const { because } = await untilState(house, stopped, 'stopped');
    expect(because).toBe(
      'its media could not be uploaded: (#100) Attachment size exceeds allowable limit (code 100/2018109)',
    );
    expect(await countsOf(database, stopped.campaign.campaignId)).toEqual({ waiting: 10 });

    await resumeCampaign(database, customerId, stopped.campaign.campaignId, 'pending');
    await untilState(house, stopped, 'finished');
    expectEachOnce(house, stopped);
  });

  it('that Meta cannot fetch is given up after a few tries', async ({ skip }) => {
    if (!house) return skip();
    const { simulator, database } = house;
    simulator.weather.add({ match: { call: 'upload' }, effect: { kind: 'error', code: 100, subcode: 2018008 } });
    const stopped = await run(house, await house.addLine(0), 1);
    const hurry = async () => {
      await database.query('UPDATE page_asset SET try_at = now() WHERE try_at > now()');
      return (await now(house as House, stopped)).state === 'stopped';
    };
    await until(hurry);
    expect((await now(house, stopped)).because).toContain('Failed to fetch the file from the url');
    expect(simulator.weather.list().rules).toMatchObject([{ hits: 5 }]);
  });

  it('that is too much for Meta now is said to wait, and goes on later', async ({ skip }) => {
    if (!house) return skip();
    const { simulator, database } = house;
    simulator.weather.add({ match: { call: 'upload' }, firstN: 1, effect: { kind: 'throttle' } });
    const waiting = await run(house, await house.addLine(0), 10);
    await untilSaid(
      house,
      waiting,
      'its media is not uploaded yet: (#613) Calls to this api have exceeded the rate limit. (code 613)',
    );
    expect(await countsOf(database, waiting.campaign.campaignId)).toEqual({ waiting: 10 });
    // Half a minute from now.
    await database.query('UPDATE page_asset SET try_at = now() WHERE try_at > now()');
    expect((await untilState(house, waiting, 'finished')).because).toBeNull();
    expectEachOnce(house, waiting);
  });

  it('meets a dead token as sends do: its line is parked, and goes on when the token works', async ({ skip }) => {
    if (!house) return skip();
    const { simulator, database } = house;
    simulator.weather.add({ match: { call: 'upload' }, firstN: 1, effect: { kind: 'error', code: 190, subcode: 463 } });
    const lineId = await house.addLine(0);
    const waiting = await run(house, lineId, 10);
    await untilSaid(house, waiting, 'the page access token is no longer valid: it has expired');
    const [line] = await database.query('SELECT v8l_parked_mend AS mend FROM cd_v8_line WHERE v8l_id = $1', [lineId]);
    expect(line).toEqual({ mend: 'token' });
    // A minute from now somebody would ask about the token.
    await database.query('UPDATE line_gate SET probe_at = now() WHERE v8l_id = $1', [lineId]);
    await untilState(house, waiting, 'finished');
    expectEachOnce(house, waiting);
  });

  it('that differs from one recipient to the next goes by its URL', async ({ skip }) => {
    if (!house) return skip();
    const { simulator } = house;
    const { asked } = simulator.assets.summary();
    const sending = await run(house, await house.addLine(0), 10, {
      template: 'https://example.com/{{name}}.png',
      defaults: { name: 'parrot' },
    });
    await untilState(house, sending, 'finished');
    expectEachOnce(house, sending);
    expect(sentBy(house, sending)[0]).toMatchObject({ text: 'https://example.com/parrot.png', attachmentId: null });
    expect(attachmentIds(house, sending)).toEqual([null]);
    expect(simulator.assets.summary().asked).toBe(asked);
  });
});

interface Running {
  campaign: Campaign;
  dests: readonly string[];
}

/** A campaign with an image of its own, started. */
async function run(house: House, lineId: string, count: number, over: Partial<NewCampaign> = {}): Promise<Running> {
  const { database, customerId } = house;
  const dests = Array.from({ length: count }, () => String(++lastDest));
  const media = { type: 'image', template: `https://example.com/${++lastUrl}.png` } as const;
  const id = await addDraft(database, { customerId, lineId, dests, over: { ...media, ...over } });
  await startCampaign(database, customerId, id, null);
  const campaign = await findCampaign(database, customerId, id);
  if (!campaign) throw new Error('no campaign');
  return { campaign, dests };
}

async function now({ database }: House, { campaign: { campaignId } }: Running): Promise<CampaignStanding> {
  const standing = (await readStandings(database, [campaignId])).get(campaignId);
  if (!standing) throw new Error(`campaign ${campaignId} is gone`);
  return standing;
}

function untilSaid(house: House, running: Running, because: string): Promise<void> {
  return until(async () => (await now(house, running)).because?.includes(because) ?? false);
}

async function untilState(house: House, running: Running, state: Campaign['state']): Promise<CampaignStanding> {
  await until(
    async () => (await now(house, running)).state === state,
    30_000,
    async () => ({
      ...(await now(house, running)),
      counts: await countsOf(house.database, running.campaign.campaignId),
    }),
  );
  return now(house, running);
}

function sentBy({ simulator }: House, { dests }: Running): LedgerEntry[] {
  const mine = new Set(dests);
  return simulator.ledger.entries().filter(({ dest }) => mine.has(dest));
}

function attachmentIds(house: House, running: Running): (string | null)[] {
  return [...new Set(sentBy(house, running).map(({ attachmentId }) => attachmentId))];
}

function expectEachOnce(house: House, running: Running): void {
  const sent = sentBy(house, running).map(({ dest }) => dest);
  expect(sent.sort()).toEqual([...running.dests].sort());
}
