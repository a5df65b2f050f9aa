import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, type Doorstep, openDoorstep, type Reply, sendPath, type TestApi } from '../support/doorstep.ts';

let doorstep: Doorstep;
let api: TestApi;
let tsid: string;
let customerId: string;
let line: string;

beforeAll(async () => {
  doorstep = await openDoorstep();
  customerId = await doorstep.addCustomer();
  tsid = await doorstep.addToken(customerId);
  line = await doorstep.addLine(customerId);
  api = await doorstep.openApi({ syncWaitMs: 0 });
});

afterAll(() => doorstep.stop());

/** A request that is right in everything, but for what the test changes. */
function form(over: Record<string, string | null> = {}): string {
  const all = { tsid, app_id: line, dest: '24001', mdata: 'hello', async: '1', ...over };
  return new URLSearchParams(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  ).toString();
}

const send = (over: Record<string, string | null> = {}, more: Ask = {}) => api.ask({ body: form(over), ...more });
const json = (body: unknown, more: Ask = {}) =>
  api.ask({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' }, ...more });

function expectRefusal(reply: Reply, httpStatus: number, status: string, statusCode: number) {
  expect(reply.text).toBe(`{"return":{"status":"${status}","status_code":${statusCode},"messageId":"","cdls_id":0}}`);
  expect(reply.status).toBe(httpStatus);
  expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(reply.headers.location).toBeUndefined();
}

function expectAccepted(reply: Reply, httpStatus = 202): string {
  expect(reply.text).toMatch(/^\{"return":\{"status":"WR","status_code":1,"messageId":"","cdls_id":\d+\}\}$/);
  expect(reply.status).toBe(httpStatus);
  const id = /"cdls_id":(\d+)/.exec(reply.text)?.[1] ?? '';
  expect(reply.headers.location).toBe(`/v1/messages/${id}`);
  return id;
}

describe('validation, one fault at a time', () => {
  it.each<[Record<string, string | null>, string, number]>([
    [{ app_id: null }, 'No app_id', 210],
    [{ app_id: '' }, 'No app_id', 210],
    [{ app_id: '0' }, 'No app_id', 210],
    [{ app_id: '-5' }, 'No app_id', 210],
    [{ app_id: 'abc' }, 'No app_id', 210],
    [{ app_id: '12.5' }, 'No app_id', 210],
    [{ dest: null }, 'No dest', 220],
    [{ dest: '' }, 'No dest', 220],
    [{ dest: '9'.repeat(65) }, 'No dest', 220],
    [{ mdata: null }, 'No mdata', 225],
    [{ mdata: '' }, 'No mdata', 225],
    [{ mtype: 'fax' }, 'Invalid mtype', 226],
    [{ mtype: 'constructor' }, 'Invalid mtype', 226],
    [{ mdata: 'x'.repeat(2001) }, 'mdata too long', 227],
    [{ mdata: '🕊'.repeat(2001) }, 'mdata too long', 227],
    [{ mtype: 'image', mdata: 'hello' }, 'Invalid mdata URL', 228],
    [{ mtype: 'image', mdata: '/path.png' }, 'Invalid mdata URL', 228],
    [{ mtype: 'image', mdata: 'ftp://example.com/a.png' }, 'Invalid mdata URL', 228],
    [{ mtype: 'image', mdata: 'http://' }, 'Invalid mdata URL', 228],
    [{ mtype: 'file', mdata: `https://example.com/${'a'.repeat(2048)}` }, 'Invalid mdata URL', 228],
    [{ app_id: '999999' }, 'Messenger line not found', 230],
    [{ app_id: '9223372036854775808' }, 'Messenger line not found', 230],
    [{ app_id: '9'.repeat(400) }, 'Messenger line not found', 230],
  ])('%o', async (over, status, code) => {
    expectRefusal(await send(over), 400, status, code);
  });

  it.each([
    [{ active: false }, 'Messenger line not found', 230],
    [{ class: 'whatsapp' }, 'Messenger line not found', 230],
    [{ token: '' }, 'No page access token', 233],
    [{ token: '', pageId: '' }, 'No page access token', 233],
    [{ pageId: '' }, 'No page ID', 234],
  ])('a line with %o', async (options, status, code) => {
    expectRefusal(await send({ app_id: await doorstep.addLine(customerId, options) }), 400, status, code);
  });

  it("does not see another account's line", async () => {
    const theirs = await doorstep.addLine(await doorstep.addCustomer());
    expectRefusal(await send({ app_id: theirs }), 400, 'Messenger line not found', 230);
  });

  it('refuses the second of two equal messages inside httpdup with 244, and only then', async () => {
    const same = { dest: '24002', mdata: 'twice', httpdup: '600' };
    expectAccepted(await send(same));
    expectRefusal(await send(same), 400, 'http duplicidade', 244);
    expectAccepted(await send({ ...same, mdata: 'not twice' }));
    expectAccepted(await send({ ...same, httpdup: null }));
    expectAccepted(await send({ ...same, httpdup: 'abc' }));
  });
});

it('tells the first fault in order when everything is wrong', async () => {
  const faults: [Record<string, string | null>, number][] = [
    [{ tsid: null }, 100],
    [{ app_id: '' }, 210],
    [{ dest: '' }, 220],
    [{ mdata: '' }, 225],
    [{ mtype: 'fax' }, 226],
    [{ mdata: 'x'.repeat(2001) }, 227],
    [{ app_id: '999999' }, 230],
  ];
  for (let first = 0; first < faults.length; first += 1) {
    const over = Object.assign(
      {},
      ...faults
        .slice(first)
        .reverse()
        .map(([fault]) => fault),
    );
    const reply = await send(over);
    expect(JSON.parse(reply.text).return.status_code).toBe(faults[first]?.[1]);
  }
});

describe('where parameters may be', () => {
  const all = () => ({ tsid, app_id: line, dest: '24003', mdata: 'ação 🕊', async: '1' });
  const query = (over: Record<string, string> = {}) => `${sendPath}?${new URLSearchParams({ ...all(), ...over })}`;

  it.each<[string, () => Ask]>([
    ['a query', () => ({ path: query() })],
    ['a query of a GET', () => ({ method: 'GET', path: query() })],
    ['a form', () => ({ body: new URLSearchParams(all()).toString() })],
    [
      'a form that says so',
      () => ({
        body: new URLSearchParams(all()).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset="UTF-8"' },
      }),
    ],
    ['a form of raw UTF-8', () => ({ body: `tsid=${tsid}&app_id=${line}&dest=24003&mdata=ação 🕊&async=1` })],
    ['JSON', () => ({ body: JSON.stringify(all()), headers: { 'content-type': 'application/json' } })],
    [
      'JSON with a mark',
      () => ({
        body: `\uFEFF${JSON.stringify(all())}`,
        headers: { 'content-type': 'application/json; charset=utf8' },
      }),
    ],
    [
      'JSON with numbers and booleans',
      () => ({
        body: JSON.stringify({ ...all(), app_id: Number(line), dest: 24003, async: true }),
        headers: { 'content-type': 'application/json' },
      }),
    ],
    [
      'a multipart form',
      () => ({
        body: `${Object.entries(all())
          .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
          .join('')}--b--\r\n`,
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      }),
    ],
  ])('%s', async (_where, request) => {
    const id = expectAccepted(await api.ask(request()));
    const rows = await doorstep.database.query('SELECT cdls_dest, cdls_mdata FROM cdls WHERE cdls_id = $1', [id]);
    expect(rows).toEqual([{ cdls_dest: '24003', cdls_mdata: 'ação 🕊' }]);
  });

  it('a GET with the longest text there can be', async () => {
    expectAccepted(await api.ask({ method: 'GET', path: query({ mdata: '🕊'.repeat(2000) }) }));
  });

  it('lets the query win over the body, and the last of several win', async () => {
    const id = expectAccepted(await api.ask({ path: `${sendPath}?dest=1&dest=24004`, body: form({ dest: '24005' }) }));
    expect(await doorstep.database.query('SELECT cdls_dest FROM cdls WHERE cdls_id = $1', [id])).toEqual([
      { cdls_dest: '24004' },
    ]);
  });

  it('takes v8l_id for app_id, which wins', async () => {
    expectAccepted(await send({ app_id: null, v8l_id: line }));
    expectAccepted(await send({ app_id: line, v8l_id: '999999' }));
  });

  it('keeps every digit of a number beyond 2^53', async () => {
    const body = `{"tsid":"${tsid}","app_id":${line},"dest":12345678901234567890,"mdata":9007199254740993,"async":1}`;
    const id = expectAccepted(await api.ask({ body, headers: { 'content-type': 'application/json' } }));
    expect(await doorstep.database.query('SELECT cdls_dest, cdls_mdata FROM cdls WHERE cdls_id = $1', [id])).toEqual([
      { cdls_dest: '12345678901234567890', cdls_mdata: '9007199254740993' },
    ]);
  });

  it.each([{ dest: ['24001'] }, { dest: { id: 1 } }, { dest: null }])('counts %o as not sent', async (over) => {
    expectRefusal(await json({ ...all(), ...over }), 400, 'No dest', 220);
  });

  it('is not impressed by names of prototypes', async () => {
    const body = `{"__proto__":{"dest":"6"},"constructor":"x","tsid":"${tsid}","app_id":${line},"mdata":"x"}`;
    expectRefusal(await api.ask({ body, headers: { 'content-type': 'application/json' } }), 400, 'No dest', 220);
    expectRefusal(await send({ dest: null, __proto__: null, toString: 'x' }), 400, 'No dest', 220);
  });

  it('stores caption and reference cut by code points, types folded, and the default validity', async () => {
    const id = expectAccepted(
      await send({
        mtype: 'DOCUMENT',
        mdata: 'https://example.com/a.pdf',
        mcaption: '🕊'.repeat(2500),
        msg_id: 'é'.repeat(300),
        validity: 'soon',
      }),
    );
    const [row] = await doorstep.database.query(
      `SELECT cdls_mtype, char_length(cdls_mcaption) AS caption, char_length(cdls_msg_id) AS reference,
         extract(epoch FROM cdls_expires_at - cdls_created_at)::int AS validity FROM cdls WHERE cdls_id = $1`,
      [id],
    );
    expect(row).toEqual({ cdls_mtype: 'file', caption: 2000, reference: 255, validity: 86_400 });
  });
});

describe('broken requests', () => {
  const jsonType = { 'content-type': 'application/json' };
  it.each<[string, () => Ask]>([
    ['bad JSON', () => ({ body: '{"a":', headers: jsonType })],
    ['a JSON array', () => ({ body: '[]', headers: jsonType })],
    ['a JSON string', () => ({ body: '"x"', headers: jsonType })],
    ['U+0000 in JSON', () => ({ body: `{"tsid":"${tsid}","other":["a\\u0000"]}`, headers: jsonType })],
    ['half a surrogate pair', () => ({ body: `{"tsid":"${tsid}","mdata":"\\ud83d"}`, headers: jsonType })],
    ['64 KiB of brackets', () => ({ body: '['.repeat(65_000), headers: jsonType })],
    ['a Latin-1 form', () => ({ body: Buffer.from(`${form()}&mcaption=a\xe7\xe3o`, 'latin1') })],
    ['a Latin-1 escape', () => ({ body: `${form()}&mcaption=a%E7o` })],
    ['U+0000 in a form', () => ({ body: `${form()}&x=%00` })],
    ['U+0000 in a query', () => ({ path: `${sendPath}?x%00=1`, body: form() })],
    ['a Latin-1 query', () => ({ path: `${sendPath}?mcaption=%E7`, body: form() })],
    [
      'another charset',
      () => ({ body: form(), headers: { 'content-type': 'application/x-www-form-urlencoded; charset=iso-8859-1' } }),
    ],
    ['another type', () => ({ body: '<a/>', headers: { 'content-type': 'application/xml' } })],
    ['no type at all', () => ({ body: form(), headers: { 'content-type': 'nonsense' } })],
    ['a multipart form without boundary', () => ({ body: form(), headers: { 'content-type': 'multipart/form-data' } })],
    [
      'half a multipart form',
      () => ({
        body: '--b\r\nContent-Disposition: form-data; name="dest"\r\n\r\nhal',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      }),
    ],
    ['too many fields', () => ({ body: `${form()}${'&a=b'.repeat(1001)}` })],
    ['an encoded body', () => ({ body: form(), headers: { 'content-encoding': 'gzip' } })],
    ['an empty idempotency key', () => ({ body: form(), headers: { 'idempotency-key': '' } })],
    ['a long idempotency key', () => ({ body: form(), headers: { 'idempotency-key': 'k'.repeat(256) } })],
    ['an unprintable idempotency key', () => ({ body: form(), headers: { 'idempotency-key': 'a\tb' } })],
  ])('%s', async (_what, request) => {
    expectRefusal(await api.ask(request()), 400, 'bad request', 400);
  });

  it('more than 64 KiB', async () => {
    expectRefusal(await send({ mcaption: 'x'.repeat(65_536) }), 413, 'bad request', 413);
  });

  it('another method', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const reply = await api.ask({ method, path: `${sendPath}?${form()}` });
      expectRefusal(reply, 405, 'bad request', 405);
      expect(reply.headers.allow).toBe('GET, POST');
    }
    expect((await api.ask({ method: 'HEAD', path: `${sendPath}?${form()}` })).status).toBe(405);
  });

  it('what is not HTTP', async () => {
    const reply = await api.ask({ method: 'GET', path: `${sendPath}?${'x'.repeat(70_000)}` });
    expect(reply.status).toBe(431);
    expect(JSON.parse(reply.text).return.status_code).toBe(400);
  });
});

describe('authentication', () => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const none = { tsid: null };

  it('lets in by every way', async () => {
    await doorstep.addUser(customerId, 'ana', 'pombo: correio');
    expectAccepted(await send({ tsid: null, sid: tsid }));
    expectAccepted(await send(none, { headers: { authorization: `bearer ${tsid}` } }));
    expectAccepted(await send(none, { headers: basic('ana:pombo: correio') }));
    expectAccepted(await send({ tsid, sid: 'unknown-sid' }));
    expectAccepted(await send({}, { headers: { authorization: 'Bearer unknown-token' } }));
    expectAccepted(await send({}, { headers: basic('ana:wrong') }));
  });

  it.each<[string, Record<string, string | null>, Record<string, string>, string, number]>([
    ['nothing', none, {}, 'fail authentication', 100],
    ['an empty token', { tsid: '' }, {}, 'fail authentication', 100],
    ['another scheme', none, { authorization: 'Digest x' }, 'fail authentication', 100],
    ['an unknown token', { tsid: 'unknown-token' }, {}, 'SID not found', 102],
    [
      'an unknown token before a right header',
      { tsid: 'unknown-token' },
      { authorization: 'Bearer right' },
      'SID not found',
      102,
    ],
    ['no user', none, basic(':secret'), 'no user/pass', 130],
    ['no password', none, basic('ana:'), 'no user/pass', 130],
    ['no colon', none, basic('ana'), 'no user/pass', 130],
    ['a wrong password', none, basic('ana:wrong'), 'invalid user/pass', 140],
    ['an unknown user', none, basic('nobody:wrong'), 'invalid user/pass', 140],
  ])('%s', async (_what, over, headers, status, code) => {
    const reply = await send(over, { headers });
    expectRefusal(reply, 401, status, code);
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="pombo"');
  });

  it('tells 198, 110, 142 and 123 in this order', async () => {
    const other = await doorstep.addCustomer();
    const weak = await doorstep.addToken(other, { maySend: false });
    const set = (sql: string) => doorstep.database.query(sql.replace('$1', other));
    await set('UPDATE cd_customer SET cdcs_active = false, cdcs_tokens_blockeds = true WHERE cdcs_id = $1');
    await set(
      "INSERT INTO cd_ip (cdcs_id, cdip_network) VALUES ($1, '203.0.113.0/24'), ($1, '2001:db8::/32')".replace(
        "($1, '2",
        `(${other}, '2`,
      ),
    );
    const from = (address: string) => ({ from: address });
    expectRefusal(await send({ tsid: weak }, from('198.51.100.1')), 401, 'tokens blockeds', 198);
    await set('UPDATE cd_customer SET cdcs_tokens_blockeds = false WHERE cdcs_id = $1');
    await expect
      .poll(async () => (await send({ tsid: weak }, from('198.51.100.1'))).text, { timeout: 2000 })
      .toContain('"status_code":110');
    await set('UPDATE cd_customer SET cdcs_active = true WHERE cdcs_id = $1');
    await expect
      .poll(async () => (await send({ tsid: weak }, from('198.51.100.1'))).text, { timeout: 2000 })
      .toContain('"status_code":142');
    expectRefusal(await send({ tsid: weak }, from('203.0.113.7')), 401, 'permission denied', 123);
    expectRefusal(await send({ tsid: weak }, from('::ffff:203.0.113.7')), 401, 'permission denied', 123);
    expectRefusal(await send({ tsid: weak }, from('2001:DB8:0::1')), 401, 'permission denied', 123);
  });

  it('knows a token by its hash only, revoked and expired ones not at all', async () => {
    const gone = await doorstep.addToken(customerId);
    await doorstep.database.query(
      "UPDATE cd_psid SET psid_expires_at = now() - interval '1 second' WHERE psid_name = $1",
      [gone.slice(0, 10)],
    );
    expectRefusal(await send({ tsid: gone }), 401, 'SID not found', 102);
    const stored = await doorstep.database.query('SELECT * FROM cd_psid');
    expect(JSON.stringify(stored)).not.toContain(gone);
  });
});

it('writes no secret and no message text into the log', async () => {
  const secret = 'the heron flies at midnight';
  await send({ mdata: secret, mcaption: secret });
  await api.ask({ method: 'GET', path: `${sendPath}?${form({ mdata: secret })}` });
  const logged = doorstep.logged();
  expect(logged).toContain('"route":"/api/v2/MakeMessenger.php"');
  expect(logged).toContain(tsid.slice(0, 10));
  expect(logged).not.toContain(tsid);
  expect(logged).not.toContain('heron');
});

it('writes no row for anything it refuses', async () => {
  const before = await doorstep.rows();
  await Promise.all([send({ dest: '' }), send({ tsid: 'unknown-token' }), send({ app_id: '999999' }), json([])]);
  expect(await doorstep.rows()).toBe(before);
});
