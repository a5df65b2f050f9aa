import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { magicRecipients } from './magic-recipients.ts';
import { openSimulator, type Simulator, type SimulatorOptions } from './simulator.ts';

const open: Simulator[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()));
});

async function simulator(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const opened = await openSimulator({ port: 0, latency: 'none', ...options });
  open.push(opened);
  return opened;
}

interface Sent {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { error?: Record<string, unknown> };
}

const token = 'EAA_page_4711_token';
const text = (words = 'hello', fields: object = {}) => ({
  recipient: { id: '5275811702471834' },
  messaging_type: 'UPDATE',
  message: { text: words, metadata: '{"cdls_id":"1","attempt":1}', ...fields },
});

async function send(at: Simulator, body: unknown, init: RequestInit = {}, path = '/v26.0/me/messages'): Promise<Sent> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...(init.headers as object) };
  const response = await fetch(`${at.url}${path}`, { method: 'POST', body: JSON.stringify(body), ...init, headers });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Sent['body'] };
}

describe('an accepted message', () => {
  test('is answered as Meta answers, and stands in the ledger', async () => {
    const graph = await simulator({ now: () => 1_790_000_000_000 });
    const sent = await send(graph, text());
    expect(sent.status).toBe(200);
    expect(sent.body).toEqual({ recipient_id: '5275811702471834', message_id: expect.stringMatching(/^m_[\w-]{86}$/) });
    expect(sent.headers.get('facebook-api-version')).toBe('v26.0');
    expect(sent.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(JSON.parse(sent.headers.get('x-business-use-case-usage') ?? '')).toMatchObject({
      '4711': [{ type: 'messenger', estimated_time_to_regain_access: 0 }],
    });
    expect(graph.ledger.entries()).toEqual([
      {
        seq: 1,
        at: 1_790_000_000_000,
        pageId: '4711',
        tokenHash: expect.stringMatching(/^[0-9a-f]{12}$/),
        dest: '5275811702471834',
        mid: sent.body.message_id,
        type: 'text',
        metadata: '{"cdls_id":"1","attempt":1}',
        attachmentId: null,
        textHash: '2cf24dba5fb0a30e',
        text: 'hello',
      },
    ]);
  });

  test('may come as a form, with the token as a parameter, and by the page’s own path', async () => {
    const graph = await simulator();
    const form = new URLSearchParams({
      access_token: token,
      recipient: '{"id":"12"}',
      message: '{"text":"oi"}',
      messaging_type: 'RESPONSE',
    });
    const response = await fetch(`${graph.url}/v25.0/4711/messages`, { method: 'POST', body: form });
    expect(response.status).toBe(200);
    expect(graph.ledger.entries()).toMatchObject([{ dest: '12', pageId: '4711', text: 'oi', metadata: null }]);
  });

  test('may be media, may omit the messaging type, and may carry what Graph has never heard of', async () => {
    const graph = await simulator();
    const attachment = { type: 'image', payload: { url: 'https://example.com/a.png', is_reusable: true } };
    const sent = await send(graph, { recipient: { id: '12' }, message: { attachment }, whatever: 1 });
    expect(sent.status).toBe(200);
    expect(graph.ledger.entries()).toMatchObject([{ type: 'image', text: 'https://example.com/a.png' }]);
  });

  test('may have exactly 2000 characters, however many units they take', async () => {
    const graph = await simulator();
    expect((await send(graph, text('😀'.repeat(2000)))).status).toBe(200);
    expect((await send(graph, text('😀'.repeat(2001)))).body.error).toMatchObject({ code: 100 });
  });

  test('is answered by the oldest living version when its own is dead', async () => {
    const sent = await send(await simulator(), text(), {}, '/v19.0/me/messages');
    expect(sent.headers.get('facebook-api-version')).toBe('v21.0');
  });

  test('a sender action is answered without a message', async () => {
    const graph = await simulator();
    const sent = await send(graph, { recipient: { id: '12' }, sender_action: 'typing_on' });
    expect(sent.body).toEqual({ recipient_id: '12' });
    expect(graph.ledger.size).toBe(0);
  });
});

const to = { recipient: { id: '12' } };
const wrongs: [string, unknown, number, number | undefined][] = [
  ['nothing', {}, 100, undefined],
  ['no recipient', { message: { text: 'x' } }, 100, undefined],
  ['a recipient that is a number', { recipient: { id: 12 }, message: { text: 'x' } }, 100, undefined],
  ['a recipient that is no number', { recipient: { id: 'ana' }, message: { text: 'x' } }, 100, undefined],
  ['no message', to, 100, undefined],
  ['an empty text', { ...to, message: { text: '' } }, 100, 2018034],
  ['neither text nor attachment', { ...to, message: {} }, 100, 2018034],
  [
    'both',
    { ...to, message: { text: 'x', attachment: { type: 'image', payload: { url: 'https://e.x/a' } } } },
    100,
    2018032,
  ],
  ['text too long', text('x'.repeat(2001)), 100, undefined],
  ['an unknown type of attachment', { ...to, message: { attachment: { type: 'smell', payload: {} } } }, 100, undefined],
  [
    'an address without a scheme',
    { ...to, message: { attachment: { type: 'file', payload: { url: 'a.pdf' } } } },
    100,
    2018008,
  ],
  ['metadata too long', text('x', { metadata: 'x'.repeat(1000) }), 100, undefined],
  ['an unknown messaging type', { ...text(), messaging_type: 'SHOUT' }, 100, undefined],
  ['a removed tag', { ...text(), messaging_type: 'MESSAGE_TAG', tag: 'ACCOUNT_UPDATE' }, 100, undefined],
  ['a tag that is missing', { ...text(), messaging_type: 'MESSAGE_TAG' }, 100, undefined],
  ['a message and an action', { ...text(), sender_action: 'typing_on' }, 100, 2018014],
];

test.each(wrongs)('Graph takes no offence, and no message: %s', async (_name, body, code, subcode) => {
  const graph = await simulator();
  const sent = await send(graph, body);
  expect(sent.status).toBe(400);
  expect(sent.body.error).toMatchObject({ code, type: 'OAuthException', fbtrace_id: expect.stringMatching(/^A/) });
  expect(sent.body.error?.error_subcode).toBe(subcode);
  expect(sent.headers.get('www-authenticate')).toMatch(/^OAuth "Facebook Platform" "invalid_request" /);
  expect(graph.ledger.size).toBe(0);
});

describe('tokens', () => {
  test('none at all', async () => {
    const graph = await simulator();
    const response = await fetch(`${graph.url}/v26.0/me/messages`, { method: 'POST', body: '{}' });
    expect(await response.json()).toMatchObject({ error: { code: 2500 } });
  });

  test('in open mode any is good and always stands for the same page; an expired one can be had', async () => {
    const graph = await simulator();
    const as = (bearer: string) => send(graph, text(), { headers: { authorization: `Bearer ${bearer}` } });
    await as('one');
    await as('two');
    await as('one');
    const [first, second, third] = graph.ledger.entries();
    expect(first?.pageId).toBe(third?.pageId);
    expect(first?.pageId).not.toBe(second?.pageId);
    expect((await as('EAAexpired1')).body.error).toMatchObject({ code: 190, error_subcode: 463 });
  });

  test('with a register only those in it are good, and only for their page', async () => {
    const graph = await simulator({ tokens: { [token]: { pageId: '99' } } });
    expect((await send(graph, text())).status).toBe(200);
    expect((await send(graph, text(), {}, '/v26.0/98/messages')).body.error).toMatchObject({
      code: 100,
      error_subcode: 33,
    });
    const stranger = await send(graph, text(), { headers: { authorization: 'Bearer other' } });
    expect(stranger.body.error).toMatchObject({ code: 190 });
    expect(stranger.headers.get('www-authenticate')).toContain('invalid_token');
  });

  test('an app secret asks for its proof', async () => {
    const graph = await simulator({
      tokens: { EAAB_token: { pageId: '1', appSecret: 'app_secret', requireProof: true } },
    });
    const withProof = (proof: object) =>
      send(graph, { ...text(), ...proof }, { headers: { authorization: 'Bearer EAAB_token' } });
    expect((await withProof({})).body.error).toMatchObject({ code: 100, type: 'GraphMethodException' });
    expect((await withProof({ appsecret_proof: 'wrong' })).body.error).toMatchObject({ code: 100 });
    const right = '0850dc75ed9d3f96602fe4c911c669afdf3112adca16997956be46711f5715a5';
    expect((await withProof({ appsecret_proof: right })).status).toBe(200);
  });
});

describe('weather', () => {
  test('a rule hits whom it names, so often, and so late, as it says', async () => {
    const graph = await simulator();
    graph.weather.add({ match: { text: 'bad' }, afterN: 1, firstN: 2, effect: { kind: 'error', code: 551 } });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) statuses.push((await send(graph, text('a bad day'))).status);
    expect(statuses).toEqual([200, 400, 400, 200, 200]);
    expect((await send(graph, text('a good day'))).status).toBe(200);
    expect(graph.weather.list().rules).toMatchObject([{ hits: 2 }]);
  });

  test('whoever has added a rule may end it, and it alone', async () => {
    const graph = await simulator();
    const end = graph.weather.add({ match: { text: 'bad' }, effect: { kind: 'error', code: 551 } });
    graph.weather.add({ match: { text: 'worse' }, effect: { kind: 'error', code: 551 } });
    expect((await send(graph, text('a bad day'))).status).toBe(400);
    end();
    expect((await send(graph, text('a bad day'))).status).toBe(200);
    expect((await send(graph, text('a worse day'))).status).toBe(400);
  });

  test('a share is drawn from the given randomness', async () => {
    const draws = [0.5, 0.9, 0.1, 0.7, 0.3];
    let drawn = 0;
    const graph = await simulator({ random: () => draws[drawn++ % draws.length] ?? 0 });
    graph.weather.add({ share: 0.4, effect: { kind: 'error', code: 2 } });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await send(graph, text())).status);
    expect(statuses).toEqual([200, 500, 200, 500]);
  });

  test('a page’s limit answers 613 with the usage header, and other pages are left alone', async () => {
    let nowMs = 0;
    const graph = await simulator({ now: () => nowMs, limitPerSecond: 2 });
    await send(graph, text());
    await send(graph, text());
    const over = await send(graph, text());
    expect(over.body.error).toMatchObject({ code: 613 });
    expect(over.headers.get('x-business-use-case-usage')).toContain('"call_count":100');
    expect((await send(graph, text(), { headers: { authorization: 'Bearer EAA_page_5_' } })).status).toBe(200);
    nowMs = 500;
    expect((await send(graph, text())).status).toBe(200);
  });

  test('usage headers come on whatever answer there is, of the page and of the app', async () => {
    const graph = await simulator();
    graph.weather.add(
      { effect: { kind: 'usage', percent: 88, regainMinutes: 3 } },
      { effect: { kind: 'usage', scope: 'app', percent: 130 } },
      { match: { text: 'bad' }, effect: { kind: 'error', code: 551 } },
    );
    const usageOf = ({ headers }: Sent) =>
      ['x-business-use-case-usage', 'x-app-usage'].map((name) => JSON.parse(headers.get(name) ?? 'null'));
    const usage = [
      {
        '4711': [
          { type: 'messenger', call_count: 88, total_cputime: 1, total_time: 1, estimated_time_to_regain_access: 3 },
        ],
      },
      { call_count: 130, total_cputime: 1, total_time: 1 },
    ];
    const sent = await send(graph, text());
    expect([sent.status, usageOf(sent)]).toEqual([200, usage]);
    const refused = await send(graph, text('bad'));
    expect([refused.status, usageOf(refused)]).toEqual([400, usage]);
    expect(graph.ledger.size).toBe(1);
  });

  test('a throttle speaks of the page, or of the app', async () => {
    const graph = await simulator();
    graph.weather.add({ match: { text: 'app' }, effect: { kind: 'throttle', scope: 'app', percent: 101 } });
    graph.weather.add({ effect: { kind: 'throttle', regainMinutes: 2 } });
    const app = await send(graph, text('app'));
    expect(app.body.error).toMatchObject({ code: 4 });
    expect(app.headers.get('x-app-usage')).toContain('"call_count":101');
    expect(app.headers.get('x-business-use-case-usage')).toBeNull();
    const page = await send(graph, text());
    expect(page.body.error).toMatchObject({ code: 613 });
    expect(page.headers.get('x-business-use-case-usage')).toContain('"estimated_time_to_regain_access":2');
  });

  test('a storm passes by itself', async () => {
    let nowMs = 0;
    const graph = await simulator({ now: () => nowMs });
    graph.weather.add({ forMs: 4_000, effect: { kind: 'throttle' } });
    expect((await send(graph, text())).body.error).toMatchObject({ code: 613 });
    nowMs = 4_000;
    expect((await send(graph, text())).status).toBe(200);
  });

  test('a rule may hit only what comes above a rate, for every page by itself', async () => {
    let nowMs = 0;
    const graph = await simulator({ now: () => nowMs });
    graph.weather.add({ abovePerSecond: 2, effect: { kind: 'throttle' } });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await send(graph, text())).status);
    expect(statuses).toEqual([200, 200, 400, 400]);
    expect((await send(graph, text(), { headers: { authorization: 'Bearer EAA_page_5_' } })).status).toBe(200);
    nowMs = 500;
    expect((await send(graph, text())).status).toBe(200);
  });

  test('it can be set, read and cleared over HTTP', async () => {
    const graph = await simulator();
    const post = (body: unknown) =>
      fetch(`${graph.url}/_simulator/weather`, { method: 'POST', body: JSON.stringify(body) });
    expect((await post({ effect: { kind: 'frogs' } })).status).toBe(400);
    expect((await post({ effect: { kind: 'error' } })).status).toBe(400);
    expect((await post({ match: { text: '(' }, effect: { kind: 'hang' } })).status).toBe(400);
    expect((await post({ limitPerSecond: 0 })).status).toBe(400);
    expect((await post({ forMs: -1, effect: { kind: 'hang' } })).status).toBe(400);
    expect((await post({ abovePerSecond: 0, effect: { kind: 'hang' } })).status).toBe(400);
    expect((await post({ effect: { kind: 'usage' } })).status).toBe(400);
    expect((await post({ effect: { kind: 'throttle', scope: 'recipient' } })).status).toBe(400);
    expect(graph.weather.list().rules).toEqual([]);
    expect((await post([{ effect: { kind: 'error', code: 10, subcode: 2018278 } }])).status).toBe(200);
    expect((await send(graph, text())).body.error).toMatchObject({ code: 10, error_subcode: 2018278 });
    await fetch(`${graph.url}/_simulator/weather`, { method: 'DELETE' });
    expect((await send(graph, text())).status).toBe(200);
  });

  test.each([
    ['hang', { kind: 'hang' }, 0],
    ['accept, then hang', { kind: 'accept_then_hang' }, 1],
  ] as const)('%s: no answer comes', async (_name, effect, accepted) => {
    const graph = await simulator();
    graph.weather.add({ effect });
    const leave = new AbortController();
    const sending = send(graph, text(), { signal: leave.signal });
    await graph.whenReceived(1);
    expect(graph.ledger.size).toBe(accepted);
    leave.abort();
    await expect(sending).rejects.toThrow('aborted');
  });

  test.each([
    ['reset before', { kind: 'reset_before_accept' }, 0],
    ['reset after', { kind: 'reset_after_accept' }, 1],
    ['garbage', { kind: 'garbage' }, 0],
    ['half an answer', { kind: 'half_answer', accept: true }, 1],
    ['an unparseable 200', { kind: 'unparseable_200', accept: true }, 1],
    ['a gateway page', { kind: 'html_502' }, 0],
  ] as const)('%s: nothing that can be read', async (_name, effect, accepted) => {
    const graph = await simulator();
    graph.weather.add({ effect });
    await expect(send(graph, text())).rejects.toThrow();
    expect(graph.ledger.size).toBe(accepted);
  });

  test('an error in a 200, and errors in the words of the whole world, in ASCII', async () => {
    const graph = await simulator();
    graph.weather.add({ effect: { kind: 'ok_with_error_body', code: 551, message: 'não/あ' } });
    const response = await fetch(`${graph.url}/v26.0/me/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(text()),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('"message":"n\\u00e3o\\/\\u3042"');
  });
});

describe('a probe', () => {
  const probe = async (at: Simulator, bearer = token, path = '/v26.0/me?fields=id') => {
    const response = await fetch(`${at.url}${path}`, { headers: { authorization: `Bearer ${bearer}` } });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  test('is told whose page the token is, and counted, and is no message', async () => {
    const graph = await simulator();
    expect(await probe(graph)).toMatchObject({ status: 200, body: { id: '4711' } });
    expect(await probe(graph, token, '/v26.0/4711')).toMatchObject({ status: 200, body: { id: '4711' } });
    expect((await probe(graph, token, '/v26.0/12')).body).toMatchObject({ error: { code: 100, error_subcode: 33 } });
    expect((await probe(graph, 'EAArevoked')).body).toMatchObject({ error: { code: 190, error_subcode: 460 } });
    await graph.probes.whenAsked(4);
    expect(await (await fetch(`${graph.url}/_simulator/probes`)).json()).toEqual({ asked: 4, byPage: { '4711': 2 } });
    expect([graph.received(), graph.ledger.size]).toEqual([0, 0]);
  });

  test('wants its proof like any other call', async () => {
    const graph = await simulator({
      tokens: { EAAB_token: { pageId: '1', appSecret: 'app_secret', requireProof: true } },
    });
    expect((await probe(graph, 'EAAB_token')).status).toBe(400);
    const right = '0850dc75ed9d3f96602fe4c911c669afdf3112adca16997956be46711f5715a5';
    expect((await probe(graph, 'EAAB_token', `/v26.0/me?appsecret_proof=${right}`)).body).toEqual({ id: '1' });
  });

  test('meets the dead token that sends meet, from the moment they do, and uses up nothing', async () => {
    const graph = await simulator();
    graph.weather.add({ match: { pageId: '4711' }, afterN: 1, firstN: 1, effect: { kind: 'error', code: 190 } });
    expect((await probe(graph)).status).toBe(200);
    expect((await send(graph, text())).status).toBe(200);
    for (let count = 0; count < 3; count++) expect((await probe(graph)).body).toMatchObject({ error: { code: 190 } });
    expect((await probe(graph, 'EAA_page_5_')).status).toBe(200);
    expect((await send(graph, text())).status).toBe(400);
    expect((await probe(graph)).status).toBe(200);
    expect(graph.weather.list().rules).toMatchObject([{ hits: 1 }]);
  });

  test('meets no error that is about a message, and no rule that names a part of one', async () => {
    const graph = await simulator({ limitPerSecond: 1 });
    graph.weather.add(
      { effect: { kind: 'error', code: 10 } },
      { match: { dest: '1' }, effect: { kind: 'error', code: 190 } },
      { match: { text: '.' }, effect: { kind: 'error', code: 190 } },
      { match: { call: 'send' }, effect: { kind: 'hang' } },
    );
    for (let count = 0; count < 3; count++) expect((await probe(graph)).status).toBe(200);
    graph.weather.clear();
    graph.weather.add({ effect: { kind: 'html_502' } });
    const response = await fetch(`${graph.url}/v26.0/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(502);
  });

  test('has rules of its own, which sends do not meet', async () => {
    const graph = await simulator();
    graph.weather.add({ match: { call: 'probe' }, afterN: 1, firstN: 1, effect: { kind: 'error', code: 10 } });
    expect((await send(graph, text())).status).toBe(200);
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) statuses.push((await probe(graph)).status);
    expect(statuses).toEqual([200, 403, 200]);
  });
});

describe('uploaded media', () => {
  const url = 'https://example.com/a.png';
  const media = (payload: object, type = 'image') => ({ message: { attachment: { type, payload } } });
  const upload = (at: Simulator, bearer = token, body: unknown = media({ url, is_reusable: true })) =>
    send(at, body, { headers: { authorization: `Bearer ${bearer}` } }, '/v26.0/me/message_attachments');
  const sendById = (at: Simulator, id: unknown, bearer = token) =>
    send(at, { ...media({ attachment_id: id }), ...to }, { headers: { authorization: `Bearer ${bearer}` } });

  test('has an id, by which its page sends it, and is no message itself', async () => {
    const graph = await simulator();
    const { status, body } = await upload(graph);
    expect([status, body]).toEqual([200, { attachment_id: expect.stringMatching(/^\d{16}$/) }]);
    expect([graph.received(), graph.ledger.size]).toEqual([0, 0]);
    const id = body.attachment_id as string;
    expect((await sendById(graph, id)).status).toBe(200);
    expect(graph.ledger.entries()).toMatchObject([{ type: 'image', text: url, attachmentId: id, pageId: '4711' }]);
    expect((await upload(graph)).body.attachment_id).not.toBe(id);
  });

  test('is no other page’s, and nobody’s any more when it has expired', async () => {
    const graph = await simulator();
    const id = (await upload(graph)).body.attachment_id;
    const gone = { code: 100, error_subcode: 2018074 };
    expect((await sendById(graph, id, 'EAA_page_5_')).body.error).toMatchObject(gone);
    expect((await sendById(graph, '1')).body.error).toMatchObject(gone);
    expect(await (await fetch(`${graph.url}/_simulator/assets`)).json()).toEqual({
      asked: 1,
      keptByPage: { '4711': 1 },
      good: [{ id, pageId: '4711', type: 'image', url }],
    });
    await fetch(`${graph.url}/_simulator/assets`, { method: 'DELETE' });
    expect((await sendById(graph, id)).body.error).toMatchObject(gone);
    expect(graph.assets.summary()).toEqual({ asked: 1, keptByPage: { '4711': 1 }, good: [] });
    expect(graph.ledger.size).toBe(0);
  });

  test('is refused where it is wrong', async () => {
    const graph = await simulator();
    expect((await upload(graph, 'EAAexpired')).body.error).toMatchObject({ code: 190, error_subcode: 463 });
    expect((await upload(graph, token, {})).body.error).toMatchObject({ code: 100 });
    expect((await upload(graph, token, media({ url }, 'smell'))).body.error).toMatchObject({ code: 100 });
    expect((await upload(graph, token, media({ attachment_id: '1' }))).body.error).toMatchObject({
      code: 100,
      error_subcode: 2018008,
    });
    await graph.assets.whenAsked(4);
  });

  test('has rules of its own, and meets those that hit any call', async () => {
    const graph = await simulator();
    graph.weather.add(
      { match: { call: 'upload', type: 'image', text: 'a.png' }, firstN: 1, effect: { kind: 'error', code: 100 } },
      { match: { call: 'upload' }, afterN: 1, effect: { kind: 'throttle' } },
      { effect: { kind: 'error', code: 551 } },
    );
    const codes: unknown[] = [];
    for (let count = 0; count < 3; count++) codes.push((await upload(graph)).body.error?.code);
    expect(codes).toEqual([100, undefined, 613]);
    graph.weather.clear();
    graph.weather.add({ firstN: 1, effect: { kind: 'error', code: 190 } });
    expect((await upload(graph)).body.error).toMatchObject({ code: 190 });
    expect(graph.weather.list().rules).toMatchObject([{ hits: 0 }]);
  });
});

describe('the ledger', () => {
  test('counts what was sent twice', async () => {
    const graph = await simulator();
    for (const [id, attempt] of [
      ['1', 1],
      ['2', 1],
      ['1', 2],
      ['9007199254740993', 1],
      ['9007199254740993', 2],
    ]) {
      await send(graph, text('x', { metadata: JSON.stringify({ cdls_id: id, attempt }) }));
    }
    await send(graph, text('x', { metadata: 'not ours' }));
    expect(graph.ledger.summary()).toEqual({
      accepted: 6,
      messages: 3,
      byMetadataDuplicates: 2,
      withoutMetadata: 1,
      duplicates: [
        { cdls_id: '1', accepted: 2 },
        { cdls_id: '9007199254740993', accepted: 2 },
      ],
      byPage: { '4711': 6 },
    });
    const mids = graph.ledger.entries().map((entry) => entry.mid);
    expect(new Set(mids).size).toBe(6);
  });

  test('is read over HTTP, from any point on, and emptied', async () => {
    const graph = await simulator();
    for (const words of ['a', 'b', 'c']) await send(graph, text(words));
    const lines = (await (await fetch(`${graph.url}/_simulator/ledger?since=1`)).text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { seq: 2, text: 'b' },
      { seq: 3, text: 'c' },
    ]);
    await fetch(`${graph.url}/_simulator/ledger`, { method: 'DELETE' });
    expect(await (await fetch(`${graph.url}/_simulator/ledger/summary`)).json()).toMatchObject({
      accepted: 0,
      messages: 0,
    });
    expect(await (await fetch(`${graph.url}/_simulator/ledger`)).text()).toBe('');
  });

  test('survives the simulator in its file, even with a torn last line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
    const ledgerFile = join(folder, 'ledger.ndjson');
    const first = await simulator({ ledgerFile });
    await send(first, text('a'));
    await send(first, text('b', { metadata: '{"cdls_id":"2","attempt":1}' }));
    const before = first.ledger.entries();
    await first.close();
    open.length = 0;
    await writeFile(ledgerFile, `${await readFile(ledgerFile, 'utf8')}{"seq":3,"mid`);

    const second = await simulator({ ledgerFile });
    expect(second.ledger.entries()).toEqual(before.map((entry) => ({ ...entry, text: null })));
    await send(second, text('b again', { metadata: '{"cdls_id":"2","attempt":2}' }));
    expect(second.ledger.summary()).toMatchObject({ accepted: 3, byMetadataDuplicates: 1 });
    expect((await readFile(ledgerFile, 'utf8')).split('\n').length).toBe(5);
    await rm(folder, { recursive: true });
  });
});

test('magic recipients are listed, and behave', async () => {
  const graph = await simulator();
  expect(await (await fetch(`${graph.url}/_simulator/recipients`)).json()).toEqual(magicRecipients);
  expect(new Set(magicRecipients.map((each) => each.dest)).size).toBe(magicRecipients.length);
  const sent = await send(graph, { ...text(), recipient: { id: '1000000000000551' } });
  expect(sent.body.error).toMatchObject({ code: 551, error_subcode: 1545041 });
});

test('what a rule can say is told over HTTP', async () => {
  const graph = await simulator();
  const { effect, match } = (await (await fetch(`${graph.url}/_simulator/effects`)).json()) as Record<string, object>;
  expect(effect).toHaveProperty('usage');
  expect(match).toHaveProperty('call');
});

test('unknown paths are Graph’s errors, unknown controls are ours', async () => {
  const graph = await simulator();
  expect((await send(graph, text(), {}, '/v26.0/me/photos')).body.error).toMatchObject({ code: 2500 });
  expect(await (await fetch(`${graph.url}/v26.0/me/messages`)).json()).toMatchObject({
    error: { code: 100, error_subcode: 33 },
  });
  expect((await fetch(`${graph.url}/_simulator/nothing`)).status).toBe(404);
});
