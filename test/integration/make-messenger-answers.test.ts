import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Ask,
  type Doorstep,
  openDoorstep,
  type Reply,
  type SettledAs,
  sendPath,
  type TestApi,
} from '../support/doorstep.ts';
import { until } from '../support/until.ts';

let doorstep: Doorstep;
let one: TestApi;
let other: TestApi;
let customerId: string;
let tsid: string;
let line: string;
let recipients = 24_000;

beforeAll(async () => {
  doorstep = await openDoorstep();
  customerId = await doorstep.addCustomer();
  tsid = await doorstep.addToken(customerId);
  line = await doorstep.addLine(customerId, { validitySeconds: 7200 });
  // As impatient with its database as the process that callers meet.
  const own = { syncWaitMs: 5000, connectTimeoutMs: 900 };
  [one, other] = await Promise.all([doorstep.openApi(own), doorstep.openApi(own)]);
});

afterAll(() => doorstep.stop());

function newDest(): string {
  recipients += 1;
  return String(recipients);
}

const form = (over: Record<string, string>) =>
  new URLSearchParams({ tsid, app_id: line, mdata: 'hello', dest: newDest(), ...over }).toString();
const send = (over: Record<string, string> = {}, more: Ask = {}, api = one) => api.ask({ body: form(over), ...more });
const inside = (reply: Reply) => JSON.parse(reply.text).return;
const key = (text: string) => ({ headers: { 'idempotency-key': text } });

/** The number of the row for this recipient, as soon as there is one. */
async function rowOf(dest: string): Promise<string> {
  const rows = () =>
    doorstep.database.query<{ id: string }>('SELECT cdls_id AS id FROM cdls WHERE cdls_dest = $1', [dest]);
  await until(async () => (await rows()).length > 0);
  return (await rows())[0]?.id ?? '';
}

async function sendAndSettle(outcome: SettledAs, over: Record<string, string> = {}) {
  const dest = newDest();
  const reply = send({ dest, ...over });
  const id = await rowOf(dest);
  await doorstep.settle(id, outcome);
  return { id, reply: await reply };
}

describe('a synchronous caller', () => {
  it.each<[SettledAs, number, string, number, string]>([
    [{ status: 'OK', returnCode: 200, returnId: 'm_xyz' }, 200, 'OK', 200, 'm_xyz'],
    [{ status: 'ERROR', returnCode: 403 }, 400, 'ERROR', 403, ''],
    [{ status: 'ERROR', returnCode: null }, 400, 'ERROR', 0, ''],
    [{ status: 'CANCELED', returnCode: 0 }, 400, 'ERROR', 0, ''],
    [{ status: 'WR', returnCode: null }, 200, 'WR', 1, ''],
  ])('hears %o as soon as it is announced', async (outcome, httpStatus, status, code, metaId) => {
    const started = performance.now();
    const { id, reply } = await sendAndSettle(outcome);
    expect(reply.text).toBe(
      `{"return":{"status":"${status}","status_code":${code},"messageId":"${metaId}","cdls_id":${id}}}`,
    );
    expect(reply.status).toBe(httpStatus);
    expect(reply.headers.location).toBe(status === 'WR' ? `/v1/messages/${id}` : undefined);
    expect(performance.now() - started).toBeLessThan(900);
  });

  it('hears it within a second or two when the announcement is lost', async () => {
    const { reply } = await sendAndSettle({ status: 'OK', returnCode: 200, returnId: 'm_1', announce: false });
    expect(inside(reply).status).toBe('OK');
  });

  it('hears WR when its time is up', async () => {
    const started = performance.now();
    const reply = await send({}, { headers: { prefer: 'wait=1' } });
    expect(inside(reply)).toEqual({ status: 'WR', status_code: 1, messageId: '', cdls_id: expect.any(Number) });
    expect(reply.status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(950);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('travels in lane now, expires after 600 s, names its process, and its job is in the queue', async () => {
    const dest = newDest();
    await send({ dest }, { headers: { prefer: 'wait=0' } });
    const rows = await doorstep.database.query(
      `SELECT lane, state, origin, on_unknown, extract(epoch FROM expires_at - accepted_at)::int AS validity
       FROM delivery WHERE dest = $1`,
      [dest],
    );
    expect(rows).toEqual([{ lane: 'now', state: 'released', origin: 'api-1', on_unknown: 'hold', validity: 600 }]);
    await expect.poll(async () => (await doorstep.queue.depth()).now.waiting).toBeGreaterThan(0);
  });

  it('frees its place when it hangs up', async () => {
    const small = await doorstep.openApi({ maxWaiting: 1, syncWaitMs: 60_000 });
    const hangUp = new AbortController();
    const dest = newDest();
    const gone = small.ask({ body: form({ dest }), signal: hangUp.signal }).catch(() => 'gone');
    await rowOf(dest);
    const noWait = { headers: { prefer: 'wait=0' } };
    expect((await send({}, noWait, small)).status).toBe(503);
    hangUp.abort();
    expect(await gone).toBe('gone');
    await expect.poll(async () => (await send({}, noWait, small)).status).toBe(200);
    await small.close();
  });

  it('hears 503 when all places are taken, and nothing is written', async () => {
    const small = await doorstep.openApi({ maxWaiting: 1, syncWaitMs: 5000 });
    const dest = newDest();
    const first = send({ dest }, {}, small);
    const id = await rowOf(dest);
    const before = await doorstep.rows();
    const second = await send({}, {}, small);
    expect(second.status).toBe(503);
    expect(inside(second)).toEqual({ status: 'unavailable', status_code: 503, messageId: '', cdls_id: 0 });
    expect(second.headers['retry-after']).toBe('1');
    expect(await doorstep.rows()).toBe(before);
    expect((await send({ async: '1' }, {}, small)).status).toBe(202);
    await doorstep.settle(id, { status: 'OK', returnCode: 200, returnId: 'm_2' });
    expect(inside(await first).status).toBe('OK');
    await small.close();
  });
});

describe('an asynchronous caller', () => {
  it.each<[string, Record<string, string>, Ask]>([
    ['async=1', { async: '1' }, {}],
    ['async=TRUE', { async: 'TRUE' }, {}],
    ['Prefer: respond-async', {}, { headers: { prefer: 'respond-async' } }],
  ])('hears 202 at once: %s', async (_how, over, more) => {
    const dest = newDest();
    const reply = await send({ dest, on_unknown: 'RESEND', ...over }, more);
    expect(reply.status).toBe(202);
    expect(inside(reply)).toMatchObject({ status: 'WR', status_code: 1, messageId: '' });
    const rows = await doorstep.database.query(
      `SELECT lane, state, origin, on_unknown, extract(epoch FROM expires_at - accepted_at)::int AS validity
       FROM delivery WHERE dest = $1`,
      [dest],
    );
    expect(rows).toEqual([{ lane: 'bulk', state: 'backlog', origin: null, on_unknown: 'resend', validity: 7200 }]);
  });

  it.each([
    ['90', 90],
    ['999999', 86_400],
    ['-1', 7200],
  ])('validity=%s is %i seconds', async (validity, seconds) => {
    const dest = newDest();
    await send({ dest, validity, async: '1' });
    const rows = await doorstep.database.query(
      'SELECT extract(epoch FROM expires_at - accepted_at)::int AS validity FROM delivery WHERE dest = $1',
      [dest],
    );
    expect(rows).toEqual([{ validity: seconds }]);
  });
});

describe('Idempotency-Key', () => {
  it('writes one row for parallel requests on two processes, and all hear the same', async () => {
    const dest = newDest();
    const replies = Array.from({ length: 8 }, (_, index) => send({ dest }, key('parallel'), index % 2 ? one : other));
    const id = await rowOf(dest);
    await doorstep.settle(id, { status: 'OK', returnCode: 200, returnId: 'm_once' });
    const answers = await Promise.all(replies);
    expect(new Set(answers.map(({ text }) => text))).toEqual(
      new Set([`{"return":{"status":"OK","status_code":200,"messageId":"m_once","cdls_id":${id}}}`]),
    );
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(7);
    const rows = await doorstep.database.query('SELECT 1 FROM cdls WHERE cdls_dest = $1', [dest]);
    expect(rows).toHaveLength(1);
  });

  it("replays with the row's present outcome", async () => {
    const dest = newDest();
    const first = await send({ dest, async: '1' }, key('later'));
    expect(first.status).toBe(202);
    const id = String(inside(first).cdls_id);
    const still = await send({ dest, async: '1' }, key('later'));
    expect([still.status, inside(still).cdls_id]).toEqual([202, Number(id)]);
    await doorstep.settle(id, { status: 'OK', returnCode: 200, returnId: 'm_later' });
    const replay = await send({ dest, async: '1' }, key('later'));
    expect([replay.status, replay.headers['idempotency-replayed'], inside(replay).messageId]).toEqual([
      200,
      'true',
      'm_later',
    ]);
    expect(inside(await send({ dest }, key('later'))).status).toBe('OK');
  });

  it('is 422 with other parameters, whatever else may be the same', async () => {
    const same = {
      dest: newDest(),
      mtype: 'document',
      mdata: 'https://example.com/a',
      mcaption: 'c',
      msg_id: 'r',
      async: '1',
    };
    expect((await send(same, key('other'))).status).toBe(202);
    const before = await doorstep.rows();
    const changes = [
      { dest: newDest() },
      { mdata: 'https://example.com/b' },
      { mcaption: 'd' },
      { msg_id: 's' },
      { mtype: 'image' },
    ];
    for (const change of changes) {
      const reply = await send({ ...same, ...change }, key('other'));
      expect(reply.status).toBe(422);
      expect(inside(reply)).toMatchObject({ status_code: 422, cdls_id: 0 });
    }
    expect((await send({ ...same, mtype: 'file', validity: '5' }, key('other'))).headers['idempotency-replayed']).toBe(
      'true',
    );
    expect(await doorstep.rows()).toBe(before);
  });

  it('belongs to its account, is looked up after validation and before 244, and a refusal keeps none', async () => {
    const strange = await doorstep.addCustomer();
    const theirs = { tsid: await doorstep.addToken(strange), app_id: await doorstep.addLine(strange), async: '1' };
    const mine = { dest: newDest(), httpdup: '600', async: '1' };
    expect(inside(await send({ ...mine, mdata: '' }, key('order'))).status_code).toBe(225);
    const first = await send(mine, key('order'));
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect((await send(mine, key('order'))).headers['idempotency-replayed']).toBe('true');
    expect(inside(await send(mine, key('order again'))).status_code).toBe(244);
    expect(inside(await send({ ...mine, mdata: 'new' }, key('order again'))).status).toBe('WR');
    expect((await send(theirs, key('order'))).headers['idempotency-replayed']).toBeUndefined();
  });
});

it('accepts exactly one of parallel duplicates inside httpdup', async () => {
  const same = { dest: newDest(), httpdup: '60', async: '1' };
  const replies = await Promise.all(Array.from({ length: 8 }, (_, index) => send(same, {}, index % 2 ? one : other)));
  expect(replies.map((reply) => inside(reply).status_code).sort()).toEqual([1, ...Array(7).fill(244)]);
});

describe('/v1/messages', () => {
  const get = (path: string, token = tsid) =>
    one.ask({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } });

  it('shows the row, its attempts, and nothing of another account', async () => {
    const { id } = await sendAndSettle({ status: 'OK', returnCode: 200, returnId: 'm_v1' }, { msg_id: 'call-1' });
    await doorstep.database.query(
      "INSERT INTO attempt (cdls_id, number, worker, turn_at, outcome, http_status) VALUES ($1, 1, 'w', now(), 'sent', 200)",
      [id],
    );
    const reply = await get(`/v1/messages/${id}`);
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toMatchObject({
      cdls_id: Number(id),
      line: Number(line),
      status: 'OK',
      message_id: 'm_v1',
      msg_id: 'call-1',
      state: null,
      attempt_list: [{ number: 1, outcome: 'sent', http_status: 200 }],
    });
    const stranger = await doorstep.addToken(await doorstep.addCustomer());
    const theirs = await get(`/v1/messages/${id}`, stranger);
    expect(theirs.status).toBe(404);
    expect(theirs.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect((await get('/v1/messages/9999999')).status).toBe(404);
    expect((await get('/v1/messages/99999999999999999999')).status).toBe(404);
    expect((await get('/v1/messages/x')).status).toBe(404);
  });

  it('lists by every filter and pages to the end', async () => {
    const owner = await doorstep.addCustomer();
    const token = await doorstep.addToken(owner);
    const own = { tsid: token, app_id: await doorstep.addLine(owner), async: '1' };
    const ids: number[] = [];
    for (let index = 0; index < 7; index += 1) {
      ids.unshift(inside(await send({ ...own, dest: `d${index % 2}`, msg_id: `ref-${index}` })).cdls_id);
    }
    const list = async (query: string) => {
      const reply = await get(`/v1/messages?${query}`, token);
      expect(reply.status).toBe(200);
      const { messages, next } = JSON.parse(reply.text);
      return { ids: messages.map((message: { cdls_id: number }) => message.cdls_id), next };
    };
    expect((await list('')).ids).toEqual(ids);
    await doorstep.settle(String(ids[0]), { status: 'OK', returnCode: 200 });
    await doorstep.settle(String(ids[1]), { status: 'ERROR', returnCode: 400 });
    await doorstep.settle(String(ids[2]), { status: 'CANCELED', returnCode: 0 });
    await doorstep.settle(String(ids[3]), { status: 'WR', returnCode: null });
    const wanted = { OK: [ids[0]], ERROR: [ids[1]], CANCELED: [ids[2]], WR: [ids[3]], PENDING: ids.slice(4) };
    for (const [status, expected] of Object.entries(wanted))
      expect((await list(`status=${status}`)).ids).toEqual(expected);
    expect((await list('dest=d1')).ids).toEqual([ids[1], ids[3], ids[5]]);
    expect((await list('msg_id=ref-0')).ids).toEqual([ids[6]]);
    expect((await list(`line=${own.app_id}&dest=d0&status=PENDING`)).ids).toEqual([ids[4], ids[6]]);
    expect((await list('line=999')).ids).toEqual([]);
    expect((await list('campaign=1')).ids).toEqual([]);
    const pages = [await list('limit=3')];
    while (pages.at(-1)?.next) pages.push(await list(`limit=3&before=${pages.at(-1)?.next}`));
    expect(pages.flatMap((page) => page.ids)).toEqual(ids);
    for (const bad of ['status=x', 'line=x', 'before=1e3', 'limit=0', 'campaign=x'])
      expect((await get(`/v1/messages?${bad}`, token)).status).toBe(400);
  });

  it('cancels once, only what is not handed over, and only for who may send', async () => {
    const cancel = (id: unknown, token = tsid) =>
      one.ask({ path: `/v1/messages/${id}/cancel`, headers: { authorization: `Bearer ${token}` } });
    const id = inside(await send({ async: '1' })).cdls_id;
    const reader = await doorstep.addToken(customerId, { maySend: false });
    expect(await cancel(id, reader)).toMatchObject({ status: 403 });
    expect((await get(`/v1/messages/${id}`, reader)).status).toBe(200);
    const canceled = await cancel(id);
    expect([canceled.status, JSON.parse(canceled.text).status]).toEqual([200, 'CANCELED']);
    expect((await cancel(id)).status).toBe(409);
    expect((await cancel('12345678')).status).toBe(404);
    const theirs = await doorstep.addToken(await doorstep.addCustomer());
    expect((await cancel(id, theirs)).status).toBe(404);
    expect((await cancel(id, 'unknown-token')).status).toBe(401);
  });

  it('answers wrong methods and unknown places as problems', async () => {
    const wrong = await one.ask({ method: 'DELETE', path: '/v1/messages/1' });
    expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET']);
    expect((await get('/v1/nothing')).status).toBe(404);
    expect((await get('/%zz')).status).toBe(400);
    expect((await one.ask({ path: '/api/v2/Other.php' })).status).toBe(404);
  });
});

describe('what describes itself', () => {
  it('has an OpenAPI 3.1 document of its routes and a page that needs nobody else', async () => {
    const document = JSON.parse((await one.ask({ method: 'GET', path: '/openapi.json' })).text);
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual(
      [
        sendPath,
        '/healthz',
        '/readyz',
        '/v1/campaigns',
        '/v1/campaigns/{id}',
        '/v1/campaigns/{id}/cancel',
        '/v1/campaigns/{id}/dry-run',
        '/v1/campaigns/{id}/events',
        '/v1/campaigns/{id}/pause',
        '/v1/campaigns/{id}/preview',
        '/v1/campaigns/{id}/recipients',
        '/v1/campaigns/{id}/results',
        '/v1/campaigns/{id}/resume',
        '/v1/campaigns/{id}/start',
        '/v1/campaigns/{id}/test',
        '/v1/campaigns/{id}/uploads/{upload}',
        '/v1/exclusions',
        '/v1/exclusions/remove',
        '/v1/messages',
        '/v1/messages/{cdls_id}',
        '/v1/messages/{cdls_id}/cancel',
      ].sort(),
    );
    const { get, post } = document.paths[sendPath];
    expect(Object.keys(post.requestBody.content)).toEqual([
      'application/x-www-form-urlencoded',
      'application/json',
      'multipart/form-data',
    ]);
    expect(get.parameters.map(({ name }: { name: string }) => name)).toContain('on_unknown');
    const page = await one.ask({ method: 'GET', path: '/docs/' });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("connect-src 'self'");
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect((await one.ask({ method: 'GET', path: '/docs/js/scalar.js' })).status).toBe(200);
  });

  it('is alive and ready', async () => {
    expect((await one.ask({ method: 'GET', path: '/healthz' })).text).toBe('{"status":"alive"}');
    expect((await one.ask({ method: 'GET', path: '/readyz' })).text).toBe('{"status":"ready"}');
  });
});

it('finishes who is inside and answers 503 to newcomers while it stops', async () => {
  const stopping = await doorstep.openApi({ syncWaitMs: 5000 });
  const dest = newDest();
  const insider = send({ dest }, {}, stopping);
  const id = await rowOf(dest);
  const closed = stopping.close();
  const newcomer = await send({}, {}, stopping);
  expect([newcomer.status, inside(newcomer).status]).toEqual([503, 'unavailable']);
  expect((await stopping.ask({ method: 'GET', path: '/readyz' })).status).toBe(503);
  await doorstep.settle(id, { status: 'OK', returnCode: 200, returnId: 'm_last' });
  expect(inside(await insider).status).toBe('OK');
  await closed;
  await expect(send({}, {}, stopping)).rejects.toThrow();
});

it('answers in time, and never "not sent" of what may be written, while the database is silent', async () => {
  const dests = ['silent-1', 'silent-2', 'silent-3'];
  await send({ async: '1' });
  await doorstep.postgres.freeze();
  const started = performance.now();
  const early = await Promise.all(dests.map((dest) => send({ dest })));
  expect(performance.now() - started).toBeLessThan(7500);
  const late = await send({ dest: 'silent-4' });
  expect([late.status, inside(late).status]).toEqual([503, 'unavailable']);
  await doorstep.postgres.thaw();
  for (const [index, reply] of early.entries()) {
    const { status, cdls_id } = inside(reply);
    expect(status).toMatch(/^(WR|unavailable)$/);
    const rows = await doorstep.database.query('SELECT cdls_id AS id FROM cdls WHERE cdls_dest = $1', [dests[index]]);
    for (const row of rows) expect(row).toEqual({ id: String(cdls_id) });
  }
  await expect.poll(async () => (await send({ async: '1' })).status, { timeout: 5000 }).toBe(202);
});

it('answers 503 within two seconds while the database is away, writes nothing, and recovers by itself', async () => {
  // By their recipients: what the tests above left with a frozen server may be written until it is gone.
  const dests = ['away-1', 'away-2', 'away-3'];
  await doorstep.postgres.kill('SIGKILL');
  // Until the broken connections are noticed a message may be handed to one, and then nobody knows: that is a WR.
  await expect.poll(async () => (await one.ask({ method: 'GET', path: '/readyz' })).status).toBe(503);
  const started = performance.now();
  const replies = await Promise.all([
    send({ dest: 'away-1' }),
    send({ dest: 'away-2', async: '1' }),
    send({ dest: 'away-3', tsid: 'unknown-token' }),
  ]);
  expect(replies.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(replies.map(({ headers }) => headers['retry-after'])).toEqual(['1', '1', '1']);
  expect(performance.now() - started).toBeLessThan(4000);
  expect((await one.ask({ method: 'GET', path: '/readyz' })).status).toBe(503);
  await doorstep.postgres.restart();
  expect(await doorstep.database.query('SELECT 1 FROM cdls WHERE cdls_dest = ANY ($1)', [dests])).toEqual([]);
  await expect.poll(async () => (await send({ async: '1' })).status, { timeout: 5000 }).toBe(202);
});
