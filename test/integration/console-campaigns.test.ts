import { listAudit } from '@pombo/db/audit.ts';
import { moveCampaignAs, pauseCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addDraft } from '../support/campaign.ts';
import { type Console, formTokenIn, openConsole } from '../support/console-visitor.ts';
import { type House, openHouse } from '../support/house.ts';
import { addOperator } from '../support/operators.ts';

let house: House;
let prisma: Prisma;
let room: Console;
let lineId: string;
let operator: Signed;
let viewer: Signed;

interface Signed {
  cookie: string;
  form: string;
}

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
  prisma = openPrisma(house.database);
  room = openConsole(house.database, prisma, { laneQueues: house.queue.laneQueues });
  lineId = await house.addLine(0);
  await addOperator(prisma, 'ana', 'operator');
  await addOperator(prisma, 'vera', 'viewer');
  await addOperator(prisma, 'root', 'admin');
  operator = await signIn('ana');
  viewer = await signIn('vera');
});
afterAll(() => house.stop());
beforeEach(() => house.database.query('TRUNCATE audit'));

async function signIn(name: string): Promise<Signed> {
  const cookie = await room.signIn(name);
  return { cookie, form: formTokenIn(await room.get('/campaigns', { cookie })) };
}

const draft = (over: { customerId?: string; dests?: string[]; name?: string; lineId?: string } = {}) =>
  addDraft(house.database, {
    customerId: over.customerId ?? house.customerId,
    lineId: over.lineId ?? lineId,
    dests: over.dests ?? ['1', '2', '3'],
    over: over.name === undefined ? {} : { name: over.name },
  });

const order = async (id: string, action: string, fields: Record<string, string> = {}, by = operator) => {
  const answer = await room.post(`/campaigns/${id}/${action}`, { form: by.form, ...fields }, { cookie: by.cookie });
  return /said=(\w+)$/.exec(String(answer.headers.location))?.[1] ?? answer.statusCode;
};

const stateOf = async (id: string) => {
  const [row] = await house.database.query<{ state: string }>('SELECT state FROM campaign WHERE campaign_id = $1', [
    id,
  ]);
  return row?.state;
};

const deeds = async () =>
  (await listAudit(prisma, 50, { who: 'ana' })).toReversed().map(({ who, action, object }) => [who, action, object]);

describe('what an operator orders', () => {
  it('is done to the campaign of any customer, and written down', async () => {
    const id = await draft();
    const soon = new Date(Date.now() + 3_600_000).toISOString().slice(0, 16);
    expect(await order(id, 'start', { at: soon })).toBe('scheduled');
    expect(await stateOf(id)).toBe('scheduled');
    expect(await order(id, 'start')).toBe('started');
    expect(await order(id, 'pause')).toBe('paused');
    expect(await order(id, 'resume', { scope: 'pending' })).toBe('resumed');
    expect(await order(id, 'cancel')).toBe('canceled');
    expect(await stateOf(id)).toBe('canceled');
    const object = `campaign ${id}`;
    expect(await deeds()).toEqual([
      ['ana', 'start campaign', `${object}: at ${soon}:00.000Z`],
      ['ana', 'start campaign', object],
      ['ana', 'pause campaign', object],
      ['ana', 'resume campaign', `${object}: pending`],
      ['ana', 'cancel campaign', object],
    ]);
    expect((await listAudit(prisma, 1))[0]).toMatchObject({ who: 'ana', origin: '192.0.2.1', howMany: 1 });
  });

  it('is not mixed with what its customer does', async () => {
    const id = await draft();
    await startCampaign(house.database, house.customerId, id, null);
    await pauseCampaign(house.database, house.customerId, id);
    expect(await deeds()).toEqual([]);
  });

  it('is done once, and whoever comes second reads what it is by now', async () => {
    const id = await draft();
    await order(id, 'start');
    const said = await Promise.all([order(id, 'pause'), order(id, 'pause'), order(id, 'cancel')]);
    expect(said.filter((word) => word === 'paused').length).toBeLessThanOrEqual(1);
    expect(await stateOf(id)).toBe('canceled');
    expect(await order(id, 'pause')).toBe('is_canceled');
    const done = (await deeds()).map(([, action]) => action);
    expect(done.filter((action) => action === 'pause campaign').length).toBe(
      said.filter((word) => word === 'paused').length,
    );
    expect(done.filter((action) => action === 'cancel campaign')).toHaveLength(1);
    const page = await room.get(`/campaigns/${id}?said=is_canceled`, { cookie: operator.cookie });
    expect(page.body).toContain('Nothing was changed: the campaign is canceled by now.');
  });

  it('is not done when it cannot be written down', async () => {
    const id = await draft();
    const campaign = { customerId: house.customerId, campaignId: id };
    // No text of PostgreSQL has this character.
    const nobody = { who: '\0', origin: 'test' };
    await expect(moveCampaignAs(prisma, nobody, campaign, { action: 'start', at: null })).rejects.toThrow();
    expect(await stateOf(id)).toBe('draft');
  });

  it('starts nothing that nobody would hear from, or at a time that is none or over', async () => {
    const [empty, full] = [await draft({ dests: [] }), await draft()];
    expect(await order(empty, 'start')).toBe('nobody');
    expect(await order(full, 'start', { at: 'soon' })).toBe('no_time');
    expect(await order(full, 'start', { at: '2001-01-01T00:00' })).toBe('past_time');
    const dead = await house.addLine(0);
    await house.database.query('UPDATE cd_v8_line SET v8l_active = false WHERE v8l_id = $1', [dead]);
    expect(await order(await draft({ lineId: dead }), 'start')).toBe('no_line');
    expect([await stateOf(empty), await stateOf(full)]).toEqual(['draft', 'draft']);
    expect(await deeds()).toEqual([]);
  });

  it('finds no campaign where there is none', async () => {
    for (const id of ['0', 'x', '9'.repeat(19), '9'.repeat(40), '%00']) {
      expect(await order(id, 'pause')).toBe(404);
      expect((await room.get(`/campaigns/${id}`, { cookie: operator.cookie })).statusCode).toBe(404);
    }
  });
});

describe('who may not', () => {
  it('sees no control and is refused', async () => {
    const id = await draft();
    const seen = await room.get(`/campaigns/${id}`, { cookie: viewer.cookie });
    expect(seen.body).not.toContain(`action="/campaigns/${id}`);
    expect(seen.body).not.toContain('Cancel it');
    for (const action of ['start', 'pause', 'resume', 'cancel']) expect(await order(id, action, {}, viewer)).toBe(403);
    expect((await room.get(`/campaigns/${id}/cancel`, { cookie: viewer.cookie })).statusCode).toBe(403);
    expect(await order(id, 'start', {}, { cookie: '', form: '' })).toBe(401);
    // The token of another session, and a page of another site.
    expect(await order(id, 'start', {}, { cookie: operator.cookie, form: viewer.form })).toBe(403);
    const headers = { origin: 'http://evil.example' };
    const fields = { form: operator.form };
    const forged = await room.post(`/campaigns/${id}/start`, fields, { cookie: operator.cookie, headers });
    expect(forged.statusCode).toBe(403);
    expect(await stateOf(id)).toBe('draft');
    expect(await deeds()).toEqual([]);
  });
});

describe('the list of campaigns', () => {
  const numbersIn = async (address: string) =>
    [...(await room.get(address, { cookie: viewer.cookie })).body.matchAll(/<td><a href="\/campaigns\/(\d+)"/g)].map(
      ([, id]) => id,
    );

  it('is found by customer, line, state and name, newest first', async () => {
    const other = await createCustomer(prisma, { who: 'test', origin: 'test' }, 'other');
    const theirs = await house.addLine(0);
    await house.database.query('UPDATE cd_v8_line SET cdcs_id = $1 WHERE v8l_id = $2', [other, theirs]);
    const one = await draft({ customerId: other, lineId: theirs, name: 'Harvest 100% _now_' });
    const two = await draft({ customerId: other, lineId: theirs, name: 'second' });
    await startCampaign(house.database, other, two, null);
    expect(await numbersIn(`/campaigns?customer=${other}`)).toEqual([two, one]);
    expect(await numbersIn(`/campaigns?line=${theirs}`)).toEqual([two, one]);
    expect(await numbersIn(`/campaigns?customer=${other}&state=running`)).toEqual([two]);
    expect(await numbersIn('/campaigns?name=HARVEST+100%25')).toEqual([one]);
    expect(await numbersIn('/campaigns?name=harvest_100')).toEqual([]);
    expect(await numbersIn(`/campaigns?customer=${house.customerId}&line=${theirs}`)).toEqual([]);
  });

  it('says when a filter is none, and finds nothing by it', async () => {
    const page = await room.get('/campaigns?customer=%22%3E%3Cscript%3E', { cookie: viewer.cookie });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('Customer and line are numbers');
    expect(page.body).not.toContain('"><script>');
  });

  it('goes on a page at a time, and each is on one of them', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 103; count += 1) ids.push(await draft({ dests: [], name: 'paged' }));
    const seen: (string | undefined)[] = [];
    for (let address: string | undefined = '/campaigns?name=paged'; address !== undefined; ) {
      const page = await room.get(address, { cookie: viewer.cookie });
      seen.push(...[...page.body.matchAll(/<td><a href="\/campaigns\/(\d+)"/g)].map(([, id]) => id));
      address = /rel="next" href="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(ids.toReversed());
  });
});

describe('the audit', () => {
  beforeEach(async () => {
    await house.database.query(
      `INSERT INTO audit (at, who, origin, action, object, how_many)
        SELECT timestamptz '2026-01-01T00:00Z' + n / 2 * interval '1 minute', CASE n % 3 WHEN 0 THEN 'ana' ELSE 'bia' END,
          '198.51.100.7', CASE n % 2 WHEN 0 THEN 'pause campaign' ELSE 'sign in' END, 'campaign ' || n, n
        FROM generate_series(1, 230) n`,
    );
  });

  const rowsIn = (body: string) =>
    [...body.matchAll(/<tr><td class="time">([^<]+)<td class="name"><bdi>(\w+)<\/bdi>.*?<td>([a-z -]+)<td/g)].map(
      ([, at, who, action]) => ({ at, who, action }),
    );

  it('goes on a page at a time, also where several were done in one moment', async () => {
    const seen: unknown[] = [];
    for (let address: string | undefined = '/audit'; address !== undefined; ) {
      const { body } = await room.get(address, { cookie: viewer.cookie });
      seen.push(...[...body.matchAll(/campaign (\d+)<\//g)].map(([, n]) => Number(n)));
      address = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(Array.from({ length: 230 }, (_, index) => 230 - index));
  });

  it('is found by who, what and when', async () => {
    const read = async (query: string) => rowsIn((await room.get(`/audit?${query}`, { cookie: viewer.cookie })).body);
    const anas = await read('who=ana');
    expect(anas).toHaveLength(76);
    expect(new Set(anas.map(({ who }) => who))).toEqual(new Set(['ana']));
    const pauses = await read('action=pause+campaign&from=2026-01-01T00:10&until=2026-01-01T00:20');
    expect(pauses).toHaveLength(10);
    expect(pauses[0]).toEqual({ at: '2026-01-01 00:19:00', who: 'bia', action: 'pause campaign' });
    expect(await read('who=nobody')).toEqual([]);
    expect((await room.get('/audit?from=soon', { cookie: viewer.cookie })).body).toContain('That is no time');
    expect((await room.get('/audit?before=99999999', { cookie: viewer.cookie })).body).toContain('Nothing like this');
  });

  it('tells addresses only to those who administer', async () => {
    const root = await room.signIn('root');
    expect((await room.get('/audit', { cookie: root })).body).toContain('198.51.100.7');
    for (const { cookie } of [viewer, operator])
      expect((await room.get('/audit', { cookie })).body).not.toContain('198.51.100.7');
    expect((await room.get('/audit')).statusCode).toBe(401);
  });
});

describe('the queues', () => {
  it('are shown to those who have signed in, and to nobody else', async () => {
    await house.queue.enqueue('now', [{ messageId: '77', release: 1 }]);
    for (const address of [
      '/queues',
      '/queues/api/queues',
      '/queues/queue/pombo-now',
      '/queues/api/redis/stats',
      '/queues/nothing',
      '/queues/static/favicon.ico',
    ]) {
      const stranger = await room.get(address);
      expect([address, stranger.statusCode, stranger.body.includes('Sign in')]).toEqual([address, 401, true]);
    }
    const { cookie } = viewer;
    const shown = await room.get('/queues', { cookie });
    expect(shown.statusCode).toBe(200);
    expect(shown.body).not.toMatch(/https?:/);
    expect(shown.headers['content-security-policy']).toContain("default-src 'none'");
    const answer = await room.get('/queues/api/queues?activeQueue=pombo-now&page=1&jobsPerPage=10', { cookie });
    const [now] = JSON.parse(answer.body).queues;
    expect(now).toMatchObject({ name: 'pombo-now', readOnlyMode: true, counts: { waiting: 1 } });
    expect(now.jobs[0]).toMatchObject({ id: 'm-77-1', data: { notes: ['77-1'] } });
    expect((await room.get('/queues/nothing', { cookie })).statusCode).toBe(404);
  });

  it('can be changed by no request, forged or not', async () => {
    const root = await room.signIn('root');
    const before = await house.queue.depth();
    const addresses = [
      ['PUT', '/queues/api/queues/pause'],
      ['PUT', '/queues/api/queues/pombo-now/pause'],
      ['PUT', '/queues/api/queues/pombo-now/obliterate'],
      ['PUT', '/queues/api/queues/pombo-now/empty'],
      ['PUT', '/queues/api/queues/pombo-now/m-77-1/clean'],
      ['PATCH', '/queues/api/queues/pombo-now/m-77-1/update-data'],
      ['POST', '/queues/api/queues/pombo-now/add'],
      ['DELETE', '/queues/api/queues/pombo-now'],
      ['POST', '/queues'],
      ['POST', '/queues/nothing'],
    ] as const;
    for (const [method, address] of addresses) {
      const sent = await room.send(method, address, { cookie: root });
      expect([method, address, sent.statusCode]).toEqual([method, address, 405]);
      const forged = await room.send(method, address, { cookie: root, headers: { origin: 'http://evil.example' } });
      expect([method, address, forged.statusCode]).toEqual([method, address, 403]);
    }
    expect(await house.queue.depth()).toEqual(before);
  });

  it('are asked for by their page without using the session', async () => {
    await house.database.query("UPDATE operator_session SET seen_at = seen_at - interval '30 minutes'");
    const { cookie } = viewer;
    await room.get('/queues/api/queues?page=1&jobsPerPage=10', { cookie });
    await room.get('/queues/static/favicon.ico', { cookie });
    expect(await minutesUnused('vera')).toBeGreaterThanOrEqual(30);
    await room.get('/queues', { cookie });
    expect(await minutesUnused('vera')).toBeLessThan(1);
  });
});

async function minutesUnused(name: string): Promise<number> {
  const [row] = await house.database.query<{ minutes: number }>(
    `SELECT extract(epoch FROM clock_timestamp() - seen_at)::float8 / 60 AS minutes
     FROM operator_session JOIN operator USING (operator_id) WHERE name = $1`,
    [name],
  );
  return row?.minutes ?? Number.NaN;
}
