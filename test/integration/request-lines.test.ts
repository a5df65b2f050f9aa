import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, type Doorstep, openDoorstep, sendPath, type TestApi } from '../support/doorstep.ts';
import { until } from '../support/until.ts';

let doorstep: Doorstep;
let api: TestApi;
let tsid: string;
let line: string;

beforeAll(async () => {
  doorstep = await openDoorstep();
  api = await doorstep.openApi({ syncWaitMs: 0 });
  const customer = await doorstep.addCustomer();
  tsid = await doorstep.addToken(customer);
  line = await doorstep.addLine(customer);
});
afterAll(() => doorstep.stop());

const linesOf = (requestId: string) =>
  doorstep
    .logged()
    .split('\n')
    .filter((line) => line.includes(`"requestId":"${requestId}"`))
    .map((line): Record<string, unknown> => JSON.parse(line));

/** Asks, and comes back with the name of the request and its lines in the log. A machine with too much to do is asked again. */
async function asked(options: Ask, at: TestApi = api) {
  let answer = await at.ask(options);
  for (let tries = 0; answer.status === 503 && at === api && tries < 60; tries += 1) {
    await pause(500);
    answer = await at.ask(options);
  }
  const { headers, status } = answer;
  const requestId = String(headers['x-request-id']);
  // The line is written when the answer is out.
  await until(() => linesOf(requestId).some(({ msg }) => msg === 'request'));
  return { requestId, status, lines: linesOf(requestId) };
}

const callItself = (id: string) => ({ 'x-request-id': id });

describe.each<[string, Ask, Record<string, unknown>]>([
  ['a send that is refused', { body: 'app_id=1' }, { route: sendPath, status: 401, code: 100 }],
  ['a method that is none', { method: 'DELETE' }, { route: sendPath, method: 'DELETE', status: 405 }],
  ['a body that is none', { headers: { 'content-type': 'application/json' }, body: '{' }, { status: 400, code: 400 }],
  ['a body that is too large', { body: 'x'.repeat(100_000) }, { status: 413 }],
  [
    'a message that is asked for',
    { method: 'GET', path: '/v1/messages/7' },
    { route: '/v1/messages/:cdls_id', status: 401 },
  ],
  ['an address nobody knows', { method: 'GET', path: '/nothing/EAAB12345678' }, { route: 'unknown', status: 404 }],
  ['a probe', { method: 'GET', path: '/healthz' }, { route: '/healthz', level: 20 }],
])('%s', (what, options, facts) => {
  it('has one line and a name of its own', async () => {
    const [first, second] = [await asked(options), await asked(options)];
    expect(first.requestId).toMatch(/^api-\d+\.[0-9a-z]+$/);
    expect(second.requestId).not.toBe(first.requestId);
    expect(first.lines).toEqual([expect.objectContaining({ ...facts, msg: 'request', address: '127.0.0.1' })]);
  });

  it('keeps the name its caller gave it', async () => {
    const name = `caller:${what.replaceAll(' ', '-')}`;
    const { requestId, lines } = await asked({ ...options, headers: { ...options.headers, ...callItself(name) } });
    expect(requestId).toBe(name);
    expect(lines.filter(({ status }) => status !== 503)).toHaveLength(1);
  });
});

it('gives another name instead of one that is not fit for a log', async () => {
  for (const name of ['two words', 'x'.repeat(129), '"}', '{"level":60}']) {
    expect((await asked({ headers: callItself(name) })).requestId).toMatch(/^api-/);
  }
});

it('has a line for what is not even an address', async () => {
  const { status, lines } = await asked({ method: 'GET', path: '/%zz' });
  expect([status, lines]).toEqual([400, [expect.objectContaining({ msg: 'request', status: 400, route: 'unknown' })]]);
});

it('names the request whose failure is ours', async () => {
  const broken = await doorstep.openApi({
    seeDatabase: (own) => ({
      ...own,
      attempt: () => {
        throw new TypeError('ours, with EAAB12345678 in it');
      },
    }),
  });
  const { lines } = await asked({ body: `tsid=${tsid}&app_id=${line}&dest=1&mdata=x` }, broken);
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [50, 'a send failed before it was accepted'],
    [40, 'request'],
  ]);
});

it('writes no secret, whatever a caller makes of its requests', async () => {
  const secret = 'EAAB1234567890';
  const query = `?tsid=${tsid}&app_id=1&dest=1&mdata=planted-text&mtype=${secret}`;
  await asked({ method: 'GET', path: sendPath + query });
  await api.ask({ method: 'GET', path: `/v1/messages${query}`, headers: { ...callItself(secret), cookie: secret } });
  await asked({
    headers: {
      authorization: `Basic ${btoa(`who:${secret}`)}`,
      'user-agent': secret,
      referer: `http://x/?a=${secret}`,
    },
  });
  await asked({ headers: { traceparent: secret, 'idempotency-key': secret }, body: `tsid=${tsid}&mdata=planted-text` });
  for (const planted of [tsid, secret, 'planted-text', btoa(`who:${secret}`)]) {
    expect(doorstep.logged()).not.toContain(planted);
  }
});
