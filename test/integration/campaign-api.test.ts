import { type CampaignConduct, changeCampaign } from '@pombo/db/campaigns.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignDoor, inside, openCampaignDoor } from '../support/campaign-door.ts';
import type { Reply, TestApi } from '../support/doorstep.ts';
import { losingAnswers } from '../support/lost-answer.ts';
import { until } from '../support/until.ts';

let door: CampaignDoor;
let theirs: string;
let readOnly: string;

beforeAll(async () => {
  door = await openCampaignDoor();
  theirs = await door.doorstep.addToken(await door.doorstep.addCustomer());
  readOnly = await door.doorstep.addToken(door.customerId, { maySend: false });
});
afterAll(() => door.stop());

const wanted = (over: Record<string, unknown> = {}) => ({ name: 'News', line: door.line, mdata: 'Hello', ...over });
const create = (over: Record<string, unknown> = {}) => door.call('POST', '/v1/campaigns', wanted(over));
const sql = (text: string, values: unknown[]) => door.doorstep.database.query(text, values);
const set = (id: string, what: string) => sql(`UPDATE campaign SET ${what} WHERE campaign_id = $1`, [id]);

function expectProblem(reply: Reply, status: number, detail?: RegExp | string) {
  expect([reply.status, reply.headers['content-type']]).toEqual([status, 'application/problem+json; charset=utf-8']);
  expect(reply.headers['cache-control']).toBe('no-store');
  if (detail !== undefined) expect(inside(reply).detail).toMatch(detail);
}

describe('a new campaign', () => {
  it('is a draft, and says everything that was said and everything that was not', async () => {
    const reply = await create({ app_id: door.line, line: undefined, defaults: { name: 'you', n: 7 }, rate: 2.5 });
    expect(reply.status).toBe(201);
    const campaign = inside(reply);
    expect(reply.headers.location).toBe(`/v1/campaigns/${campaign.id}`);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(campaign).toEqual({
      id: expect.any(Number),
      name: 'News',
      line: Number(door.line),
      state: 'draft',
      because: null,
      mtype: 'text',
      mdata: 'Hello',
      defaults: { name: 'you', n: '7' },
      rate: 2.5,
      priority: 0,
      time_zone: 'UTC',
      time_start: null,
      time_end: null,
      date_start: null,
      date_end: null,
      on_unknown: 'hold',
      validity: 604_800,
      max_failed_percent: null,
      max_unknown: null,
      recipients: 0,
      counts: {
        waiting: 0,
        queued: 0,
        sending: 0,
        sent: 0,
        failed: 0,
        unknown: 0,
        invalid: 0,
        excluded: 0,
        canceled: 0,
      },
      rate_now: 0,
      eta: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      starts_at: null,
      started_at: null,
      first_sent_at: null,
      last_sent_at: null,
      ended_at: null,
      reasons: [],
    });
    expect(inside(await door.call('GET', `/v1/campaigns/${campaign.id}`))).toEqual(campaign);
  });

  it('keeps every setting as it was named', async () => {
    const settings = {
      priority: -100,
      time_zone: 'America/Sao_Paulo',
      time_start: '22:00',
      time_end: '06:30',
      date_start: '2030-02-28',
      date_end: '2030-02-28',
      on_unknown: 'resend',
      validity: 60,
      max_failed_percent: 0.5,
      max_unknown: 0,
      rate: 300,
    };
    expect(inside(await create(settings))).toMatchObject(settings);
    expect(
      inside(await create({ rate: '2.5', priority: '7', mtype: 'Document', mdata: 'https://a.b/{{x}}' })),
    ).toMatchObject({ rate: 2.5, priority: 7, mtype: 'file' });
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ name: undefined }, /name/],
    [{ name: '' }, /name/],
    [{ name: 'x'.repeat(256) }, /name/],
    [{ line: undefined }, /line/],
    [{ line: 'abc' }, /line/],
    [{ line: '9223372036854775808' }, /line/],
    [{ app_id: 999_999 }, /app_id/],
    [{ mdata: undefined }, /mdata/],
    [{ mdata: '' }, /mdata/],
    [{ mdata: 'Hello {{' }, /mdata.*not closed/],
    [{ mdata: '{{a b}}' }, /mdata.*not a variable/],
    [{ mdata: 'x'.repeat(2001) }, /mdata.*2000/],
    [{ mtype: 'image' }, /mdata.*URL/],
    [{ mtype: 'fax' }, /mtype/],
    [{ mtype: 1 }, /mtype/],
    [{ defaults: [] }, /defaults/],
    [{ defaults: { a: {} } }, /defaults/],
    [{ rate: 0 }, /rate/],
    [{ rate: -1 }, /rate/],
    [{ rate: 5e-324 }, /^rate must be a number, 0.001 to 300$/],
    [{ rate: 0.0009 }, /rate/],
    [{ rate: 300.1 }, /rate/],
    [{ rate: 1e308 }, /rate/],
    [{ rate: 'fast' }, /rate/],
    [{ priority: 101 }, /priority/],
    [{ priority: 1.5 }, /priority/],
    [{ time_zone: 'Mars/Olympus' }, /time_zone/],
    [{ time_zone: '+03:00' }, /time_zone/],
    [{ time_start: '09:00' }, /time_start and time_end/],
    [{ time_end: '09:00' }, /time_start and time_end/],
    [{ time_start: '24:00', time_end: '09:00' }, /time_start/],
    [{ time_start: '9:00', time_end: '10:00' }, /time_start/],
    [{ date_start: '2030-02-30' }, /date_start/],
    [{ date_start: '2030-2-3' }, /date_start/],
    [{ date_start: '2030-02-02', date_end: '2030-02-01' }, /date_end/],
    [{ on_unknown: 'guess' }, /on_unknown/],
    [{ validity: 59 }, /validity/],
    [{ validity: 2_592_001 }, /validity/],
    [{ max_failed_percent: 0 }, /max_failed_percent/],
    [{ max_failed_percent: 101 }, /max_failed_percent/],
    [{ max_unknown: -1 }, /max_unknown/],
    [{ max_unkown: 5 }, /max_unkown is not a field/],
    [{ __proto__x: 5 }, /__proto__x/],
    [{ constructor: 5 }, /constructor/],
  ])('%o is refused', async (over, detail) => {
    expectProblem(await create(over), 400, detail);
  });

  it.each([
    [{ active: false }, 230],
    [{ class: 'whatsapp' }, 230],
    [{ token: '' }, 233],
    [{ pageId: '' }, 234],
  ])('on a line with %o is refused', async (options, code) => {
    const reply = await create({ line: await door.doorstep.addLine(door.customerId, options) });
    expectProblem(reply, 400);
    expect(inside(reply).code).toBe(code);
  });

  it("does not see another account's line, and sends no faster than its own", async () => {
    const other = await door.doorstep.addLine(await door.doorstep.addCustomer());
    expect(inside(await create({ line: other })).code).toBe(230);
    const slow = await door.doorstep.addLine(door.customerId, { pace: 5 });
    expectProblem(await create({ line: slow, rate: 5.1 }), 400, /rate.*5 per second/);
    expect((await create({ line: slow, rate: 5 })).status).toBe(201);
  });

  it('must be JSON, all of it', async () => {
    const send = (body: string, type?: string) =>
      door.call('POST', '/v1/campaigns', undefined, {
        body,
        headers: type === undefined ? {} : { 'content-type': type },
      });
    expectProblem(await send('name=a', 'application/x-www-form-urlencoded'), 415, /json/);
    expectProblem(await send('{"name":'), 415);
    expectProblem(await send('{"name":', 'application/json'), 400);
    expectProblem(await send('[]', 'application/json'), 400);
    expectProblem(await send(JSON.stringify({ name: '\u0000' }), 'application/json'), 400, /U\+0000/);
    expectProblem(await send(`{"name":"${'x'.repeat(70_000)}"}`, 'application/json'), 413);
    expectProblem(await door.call('POST', '/v1/campaigns?rate=5', wanted()), 400, /rate belongs in the JSON body/);
    expect((await door.call('POST', `/v1/campaigns?tsid=${door.tsid}`, wanted(), { as: '' })).status).toBe(201);
    expect((await door.call('POST', '/v1/campaigns', { ...wanted(), tsid: door.tsid }, { as: '' })).status).toBe(201);
  });
});

describe('the list of campaigns', () => {
  it('shows the newest first, a page at a time, of one state if asked', async () => {
    const customer = await door.doorstep.addCustomer();
    const as = await door.doorstep.addToken(customer);
    const line = await door.doorstep.addLine(customer);
    const ids: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      ids.unshift(inside(await door.call('POST', '/v1/campaigns', wanted({ line, name: `${n}` }), { as })).id);
    }
    const list = async (query: string) => {
      const { campaigns, next } = inside(await door.call('GET', `/v1/campaigns?${query}`, undefined, { as }));
      return [campaigns.map(({ id }: { id: number }) => id), next];
    };
    expect(await list('')).toEqual([ids, null]);
    expect(await list('limit=2')).toEqual([ids.slice(0, 2), String(ids[1])]);
    expect(await list(`limit=2&before=${ids[1]}`)).toEqual([ids.slice(2, 4), String(ids[3])]);
    await set(String(ids[2]), "state = 'paused'");
    expect(await list('state=paused')).toEqual([[ids[2]], null]);
    for (const query of ['state=done', 'before=x', 'limit=0', 'limit=x'])
      expectProblem(await door.call('GET', `/v1/campaigns?${query}`, undefined, { as }), 400, query.split('=')[0]);
  });
});

describe('a change', () => {
  const patch = (id: string, body: unknown) => door.call('PATCH', `/v1/campaigns/${id}`, body);

  it('of a draft may be of everything but its line', async () => {
    const id = await door.draft({ rate: 1, time_start: '08:00', time_end: '09:00' });
    expect(inside(await patch(id, { mdata: 'Bye {{x}}', defaults: { x: '1' }, name: 'Other' }))).toMatchObject({
      mdata: 'Bye {{x}}',
      defaults: { x: '1' },
      name: 'Other',
      rate: 1,
      time_start: '08:00',
    });
    expect(inside(await patch(id, { rate: null, time_start: null, time_end: null, defaults: null }))).toMatchObject({
      rate: null,
      time_start: null,
      time_end: null,
      defaults: {},
    });
    expectProblem(await patch(id, { line: door.line }), 400, /line is not a field/);
    expectProblem(await patch(id, { mdata: null }), 400, /mdata/);
    expectProblem(await patch(id, { name: null }), 400, /name/);
    expectProblem(await patch(id, { time_end: '10:00' }), 400, /together/);
    expectProblem(await patch(id, { mtype: 'video', mdata: 'nothing' }), 400, /URL/);
    expect((await patch(id, {})).status).toBe(200);
  });

  it('of one that runs is of how it is sent, not of what it says', async () => {
    const id = await door.running(['1', '2']);
    expect(inside(await patch(id, { rate: 3, priority: 9, max_unknown: 4, name: 'Now' }))).toMatchObject({
      state: 'running',
      rate: 3,
      priority: 9,
      max_unknown: 4,
    });
    for (const body of [{ mdata: 'Bye' }, { mtype: 'text' }, { defaults: {} }, { rate: 1, mdata: 'Bye' }])
      expectProblem(await patch(id, body), 409, /running/);
    expect(inside(await door.call('GET', `/v1/campaigns/${id}`)).rate).toBe(3);
    await door.call('POST', `/v1/campaigns/${id}/cancel`);
    expectProblem(await patch(id, { name: 'Too late' }), 409, /canceled/);
  });

  it('by two at once is both', async () => {
    const id = await door.draft();
    const bodies = [{ rate: 3 }, { priority: 4 }, { name: 'Both' }, { mdata: 'All' }, { max_unknown: 5 }];
    await Promise.all(bodies.map((body) => patch(id, body)));
    expect(inside(await door.call('GET', `/v1/campaigns/${id}`))).toMatchObject(Object.assign({}, ...bodies));
  });
});

it('a change that does not go with another of the same moment is said to', async () => {
  const id = await door.draft({ time_start: '08:00', time_end: '09:00' });
  const change = (conduct: Partial<CampaignConduct>) =>
    changeCampaign(door.doorstep.database, door.customerId, id, { content: null, conduct });
  // Both have read the campaign as it was.
  expect(await change({ timeStart: null, timeEnd: null })).toMatchObject({ kind: 'changed' });
  expect(await change({ timeStart: '07:00' })).toEqual({ kind: 'crossed' });
});

describe('when nobody hears what became of it', () => {
  const isMove = (text: string) => /^UPDATE campaign c SET state|cancel_campaign/.test(text);
  const losing = (isLost: (text: string) => boolean, before: 'carried out' | 'not carried out' = 'carried out') =>
    door.doorstep.openApi({ seeDatabase: (own) => losingAnswers(own, isLost, before) });
  const post = (api: TestApi, path: string, body?: object) =>
    api.ask({
      path,
      headers: { authorization: `Bearer ${door.tsid}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });

  it('a move that was carried out is one', async () => {
    const api = await losing(isMove);
    const id = await door.draft({ mdata: 'Hello' });
    await door.upload(id, 'dest\n1\n');
    for (const [action, state] of [
      ['start', 'running'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['cancel', 'canceled'],
    ]) {
      const reply = await post(api, `/v1/campaigns/${id}/${action}`);
      expect([reply.status, inside(reply).state]).toEqual([200, state]);
    }
    await api.close();
  });

  it('a move that was perhaps not is not promised to be none', async () => {
    const api = await losing(isMove, 'not carried out');
    const id = await door.running(['1']);
    expectProblem(await post(api, `/v1/campaigns/${id}/pause`), 500, /look at the campaign/);
    await api.close();
  });

  it('a move that nobody can look at is not either', async () => {
    let moved = false;
    const api = await losing((text) => {
      moved ||= isMove(text);
      return moved && /^(UPDATE campaign|SELECT c\.campaign_id)/.test(text);
    });
    const id = await door.running(['1']);
    expectProblem(await post(api, `/v1/campaigns/${id}/pause`), 500, /look at the campaign/);
    await api.close();
  });

  it('a new campaign may be there', async () => {
    const api = await losing((text) => text.startsWith('INSERT INTO campaign '));
    expectProblem(await post(api, '/v1/campaigns', wanted({ name: 'Perhaps' })), 500, /look at the newest campaigns/);
    expect(inside(await door.call('GET', '/v1/campaigns?limit=1')).campaigns[0].name).toBe('Perhaps');
    await api.close();
  });
});

describe('a draft', () => {
  it('can be deleted with its list; nothing else can', async () => {
    const id = await door.draft();
    await door.upload(id, 'dest\n1\n2\n', { 'upload-id': 'a' });
    const reply = await door.call('DELETE', `/v1/campaigns/${id}`);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expectProblem(await door.call('GET', `/v1/campaigns/${id}`), 404);
    expect(await sql('SELECT 1 FROM campaign_recipient WHERE campaign_id = $1', [id])).toEqual([]);
    const started = await door.running(['1']);
    expectProblem(await door.call('DELETE', `/v1/campaigns/${started}`), 409, /running/);
  });
});

describe('orders', () => {
  const order = (id: string, action: string, body?: unknown) =>
    door.call('POST', `/v1/campaigns/${id}/${action}`, body);
  const stateAfter = async (id: string, action: string, body?: unknown) => inside(await order(id, action, body)).state;

  it('take a campaign through its life, and the same order twice is one', async () => {
    const id = await door.draft();
    expectProblem(await order(id, 'start'), 409, /nobody/);
    expectProblem(await order(id, 'pause'), 409, /draft/);
    expectProblem(await order(id, 'resume'), 409, /draft/);
    await door.upload(id, 'dest,name\n1,Ana\n');
    const started = await Promise.all([order(id, 'start'), order(id, 'start'), order(id, 'start')]);
    expect(started.map((reply) => [reply.status, inside(reply).state])).toEqual(Array(3).fill([200, 'running']));
    expect(inside(await order(id, 'start')).started_at).toBe(started.map((reply) => inside(reply).started_at)[0]);
    expect(await stateAfter(id, 'pause')).toBe('paused');
    expect(await stateAfter(id, 'pause')).toBe('paused');
    expectProblem(await order(id, 'start'), 409, /paused/);
    expect(await stateAfter(id, 'resume')).toBe('running');
    expect(await stateAfter(id, 'resume')).toBe('running');
    expect(await stateAfter(id, 'cancel')).toBe('canceled');
    expect(await stateAfter(id, 'cancel')).toBe('canceled');
    expect(inside(await door.call('GET', `/v1/campaigns/${id}`)).counts).toMatchObject({ canceled: 1, waiting: 0 });
    for (const action of ['start', 'pause', 'resume']) expectProblem(await order(id, action), 409, /canceled/);
  });

  it('start it later', async () => {
    const id = await door.draft({ mdata: 'Hello' });
    await door.upload(id, 'dest\n1\n');
    for (const at of ['tomorrow', '2030-01-01T00:00:00', '2030-02-30T00:00:00Z', 5])
      expectProblem(await order(id, 'start', { at }), 400, /at must be a time with its zone/);
    const at = '2035-01-01T00:00:00.000+03:00';
    expect(inside(await order(id, 'start', { at }))).toMatchObject({
      state: 'scheduled',
      starts_at: '2034-12-31T21:00:00.000Z',
      started_at: null,
    });
    expect(await stateAfter(id, 'start', { at })).toBe('scheduled');
    expect(await stateAfter(id, 'pause')).toBe('paused');
    expect(await stateAfter(id, 'resume')).toBe('scheduled');
    expect(await stateAfter(id, 'resume')).toBe('scheduled');
    const sooner = '2034-01-01T00:00:00.000Z';
    expect(inside(await order(id, 'start', { at: sooner }))).toMatchObject({ state: 'scheduled', starts_at: sooner });
    expect(inside(await order(id, 'start'))).toMatchObject({ state: 'running', starts_at: null });
    const past = await door.draft({ mdata: 'Hello' });
    await door.upload(past, 'dest\n1\n');
    expect(await stateAfter(past, 'start', { at: '2020-01-01T00:00:00Z' })).toBe('running');
  });

  it('resume those that are asked for', async () => {
    const id = await door.running(['1']);
    expectProblem(await order(id, 'resume', { scope: 'failed' }), 409, /running, with those that are pending/);
    expect(await stateAfter(id, 'resume', { scope: 'pending' })).toBe('running');
    await set(id, "state = 'finished', ended_at = now()");
    expectProblem(await order(id, 'resume'), 409, /finished/);
    expectProblem(await order(id, 'resume', { scope: 'all' }), 400, /scope/);
    expectProblem(await order(id, 'resume', { scop: 'failed' }), 400, /scop is not a field/);
    expectProblem(await door.call('POST', `/v1/campaigns/${id}/resume?scope=failed`), 400, /belongs in the JSON body/);
    expect(inside(await order(id, 'resume', { scope: 'failed' }))).toMatchObject({ state: 'running', ended_at: null });
    expect(await stateAfter(id, 'resume')).toBe('running');
    await set(id, "state = 'stopped', because = 'misconfigured'");
    expect(inside(await order(id, 'resume', { scope: 'unknown' }))).toMatchObject({ state: 'running', because: null });
  });

  it('tells why one that runs sends nothing', async () => {
    const line = await door.doorstep.addLine(door.customerId);
    const id = await door.running(['1'], { line });
    const because = async () => inside(await door.call('GET', `/v1/campaigns/${id}`)).because;
    expect(await because()).toBeNull();
    await sql('UPDATE cd_v8_line SET v8l_paused_at = now() WHERE v8l_id = $1', [line]);
    expect(await because()).toMatch(/^its line does not send\. An operator paused it at /);
    await door.call('PATCH', `/v1/campaigns/${id}`, { date_start: '2034-12-31' });
    expect(await because()).toBe('outside its hours: from 2034-12-31 (UTC)');
    const { campaigns } = JSON.parse((await door.call('GET', '/v1/campaigns?state=running')).text);
    expect(campaigns.find((each: { id: number }) => String(each.id) === String(id)).because).toMatch(
      /^outside its hours/,
    );
    expect(await stateAfter(id, 'pause')).toBe('paused');
    expect(await because()).toBeNull();
  });

  it('do not start what cannot be sent', async () => {
    const line = await door.doorstep.addLine(door.customerId);
    const id = await door.draft({ line, mdata: 'Hello' });
    await door.upload(id, 'dest\n1\n');
    await sql('UPDATE cd_v8_line SET v8l_active = false WHERE v8l_id = $1', [line]);
    await until(async () => inside(await create({ line })).code === 230);
    expect(inside(await order(id, 'start')).code).toBe(230);
  });
});

describe('who may ask', () => {
  const paths: readonly [string, string, unknown?][] = [
    ['GET', ''],
    ['PATCH', '', { name: 'x' }],
    ['DELETE', ''],
    ['POST', '/start'],
    ['POST', '/pause'],
    ['POST', '/resume'],
    ['POST', '/cancel'],
    ['POST', '/test', { dest: '1' }],
    ['GET', '/preview'],
    ['POST', '/dry-run'],
    ['GET', '/events'],
    ['GET', '/results'],
    ['GET', '/uploads/a'],
  ];
  const reading = ['GET ', 'GET /preview', 'POST /dry-run', 'GET /results', 'GET /uploads/a'];

  it("finds no other account's campaign, and none that is not there", async () => {
    const id = await door.draft();
    await door.upload(id, 'dest\n1\n', { 'upload-id': 'a' });
    for (const [method, path, body] of paths) {
      expectProblem(await door.call(method, `/v1/campaigns/${id}${path}`, body, { as: theirs }), 404);
      expectProblem(await door.call(method, `/v1/campaigns/999999999${path}`, body), 404);
      expectProblem(await door.call(method, `/v1/campaigns/none${path}`, body), 404);
    }
    expectProblem(await door.upload(id, 'dest\n2\n', {}, theirs), 404);
    expect(inside(await door.call('GET', `/v1/campaigns/${id}`))).toMatchObject({ state: 'draft', recipients: 1 });
  });

  it('lets nobody change anything who may not send, and lets them read', async () => {
    const id = await door.draft();
    await door.upload(id, 'dest\n1\n', { 'upload-id': 'a' });
    for (const [method, path, body] of paths.filter(([, path]) => path !== '/events')) {
      const { status } = await door.call(method, `/v1/campaigns/${id}${path}`, body, { as: readOnly });
      expect([method, path, status]).toEqual([method, path, reading.includes(`${method} ${path}`) ? 200 : 403]);
    }
    expect((await door.upload(id, 'dest\n2\n', {}, readOnly)).status).toBe(403);
    expect((await door.call('POST', '/v1/campaigns', wanted(), { as: readOnly })).status).toBe(403);
    expect((await door.call('POST', '/v1/exclusions', { dests: ['1'] }, { as: readOnly })).status).toBe(403);
    expect((await door.call('GET', '/v1/exclusions', undefined, { as: readOnly })).status).toBe(200);
  });

  it('lets nobody in without credentials', async () => {
    const id = await door.draft();
    for (const [method, path, body] of paths) {
      const reply = await door.call(method, `/v1/campaigns/${id}${path}`, body, { headers: { authorization: '' } });
      expectProblem(reply, 401);
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="pombo"');
    }
    expectProblem(await door.upload(id, 'dest\n1\n', { authorization: '' }), 401);
  });

  it('answers other methods with 405', async () => {
    const id = await door.draft();
    for (const path of ['/start', '/test', '/dry-run', '/recipients'])
      expect((await door.call('GET', `/v1/campaigns/${id}${path}`)).headers.allow).toBe('POST');
    for (const path of ['/events', '/results', '/preview', '/uploads/a'])
      expectProblem(await door.call('POST', `/v1/campaigns/${id}${path}`), 405);
    expect((await door.call('PUT', '/v1/campaigns')).headers.allow).toBe('GET, POST');
    expect((await door.call('PUT', `/v1/campaigns/${id}`)).headers.allow).toBe('GET, PATCH, DELETE');
  });
});

describe('the exclusion list', () => {
  it('is filled, read page by page, and emptied', async () => {
    const customer = await door.doorstep.addCustomer();
    const as = await door.doorstep.addToken(customer);
    const post = async (path: string, dests: unknown) =>
      inside(await door.call('POST', `/v1/exclusions${path}`, { dests }, { as }));
    const list = async (query: string) => {
      const { exclusions, next } = inside(await door.call('GET', `/v1/exclusions?${query}`, undefined, { as }));
      return [exclusions.map(({ dest }: { dest: string }) => dest), next];
    };
    expect(await post('', ['3', '1', '1', 2])).toEqual({ added: 3 });
    expect(await post('', ['3', '4'])).toEqual({ added: 1 });
    expect(await list('')).toEqual([['1', '2', '3', '4'], null]);
    expect(await list('limit=2')).toEqual([['1', '2'], '2']);
    expect(await list('limit=2&after=2')).toEqual([['3', '4'], '4']);
    expect(await list('limit=2&after=4')).toEqual([[], null]);
    expect(inside(await door.call('GET', '/v1/exclusions')).exclusions).toEqual([]);
    expect(await post('/remove', ['2', '9'])).toEqual({ removed: 1 });
    expect(await list('')).toEqual([['1', '3', '4'], null]);
    const many = Array.from({ length: 10_000 }, (_, index) => `${10n ** 63n + BigInt(index)}`);
    expect(await post('', many)).toEqual({ added: 10_000 });
    expect(await post('/remove', many)).toEqual({ removed: 10_000 });
  });

  it('keeps the digits of numbers a JavaScript number would round', async () => {
    const body = '{"dests":[9007199254740993]}';
    await door.call('POST', '/v1/exclusions', undefined, { body, headers: { 'content-type': 'application/json' } });
    const { exclusions } = inside(await door.call('GET', '/v1/exclusions'));
    expect(exclusions.map(({ dest }: { dest: string }) => dest)).toEqual(['9007199254740993']);
  });

  it.each<[unknown, RegExp]>([
    [{}, /dests is missing/],
    [{ dests: [] }, /dests/],
    [{ dests: '1' }, /dests/],
    [{ dests: ['1', 'abc'] }, /index 1/],
    [{ dests: ['1', null] }, /index 1/],
    [{ dests: [1.5] }, /index 0/],
    [{ dests: Array(10_001).fill('1') }, /10000/],
    [{ dests: ['1'], dest: '2' }, /dest is not a field/],
  ])('%o is refused', async (body, detail) => {
    for (const path of ['', '/remove'])
      expectProblem(await door.call('POST', `/v1/exclusions${path}`, body), 400, detail);
  });
});

it('logs what was done to which campaign, and never a secret or what is said', async () => {
  const id = await door.draft({ mdata: 'a word nobody else uses: xyzzy' });
  await door.upload(id, 'dest,name\n1,plugh\n');
  await door.call('POST', `/v1/campaigns/${id}/start`);
  const lines = door.doorstep
    .logged()
    .split('\n')
    .filter((line) => line.includes(`"campaign":"${id}"`))
    .map((line) => JSON.parse(line));
  expect(lines.map(({ method, route, status }) => [method, route, status])).toEqual([
    ['POST', '/v1/campaigns', 201],
    ['POST', '/v1/campaigns/:id/recipients', 200],
    ['POST', '/v1/campaigns/:id/start', 200],
  ]);
  expect(lines.map(({ customerId, lineId }) => [customerId, lineId])).toEqual(
    Array(3).fill([door.customerId, door.line]),
  );
  for (const secret of ['xyzzy', 'plugh', door.tsid]) expect(door.doorstep.logged()).not.toContain(secret);
});
