import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ask, type Doorstep, openDoorstep, type Reply, sendPath, type TestApi } from '../support/doorstep.ts';

let doorstep: Doorstep;
let api: TestApi;
let tsid: string;
let line: string;
let hosts = 0;

beforeAll(async () => {
  doorstep = await openDoorstep();
  const customerId = await doorstep.addCustomer();
  tsid = await doorstep.addToken(customerId);
  line = await doorstep.addLine(customerId);
  await doorstep.addUser(customerId, 'ana', 'pombo');
  api = await doorstep.openApi({ syncWaitMs: 0 });
});

afterAll(() => doorstep.stop());

/** Every attempt from elsewhere: this is about what is sent, not about how often. */
function elsewhere(): string {
  hosts += 1;
  return `10.${hosts >> 16}.${(hosts >> 8) & 255}.${hosts & 255}`;
}

const names = [
  'tsid',
  'sid',
  'app_id',
  'v8l_id',
  'dest',
  'mtype',
  'mdata',
  'mcaption',
  'msg_id',
  'httpdup',
  'validity',
  'on_unknown',
  'async',
  '__proto__',
  'constructor',
  'dest[]',
];
const odd = [
  '',
  ' ',
  '0',
  '-1',
  '1e3',
  '9223372036854775808',
  'NaN',
  'null',
  '\u0000',
  '\ud800',
  '%',
  '%zz',
  '🕊',
  'x'.repeat(2001),
  'https://example.com/ü',
  'image',
  'true',
  '600',
  "'; DROP TABLE cdls; --",
  '\\u0000',
  '\r\n\r\n',
  '\u2028',
];

const text = fc.oneof(
  fc.constantFrom(...odd),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
);
/** Mostly right, so that every check behind the first is reached as well. */
const fields = fc
  .tuple(
    fc.record(
      { tsid: fc.constant('RIGHT'), app_id: fc.constant('LINE'), dest: fc.constant('24001'), mdata: fc.constant('hi') },
      { requiredKeys: [] },
    ),
    fc.dictionary(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text }),
      value,
      { maxKeys: 4, noNullPrototype: true },
    ),
  )
  .map(([right, wrong]) => ({ ...right, ...wrong }));

const contentType = fc.constantFrom(
  undefined,
  'application/x-www-form-urlencoded',
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'multipart/form-data; boundary=b',
  'multipart/form-data',
  'text/plain',
  'APPLICATION/JSON',
  ';',
  'application/json; charset="',
  'a/b; boundary=b',
);
const written = fc.constantFrom('form', 'json', 'multipart', 'raw', 'latin1', 'cut');
const header = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((point) => point !== 0x7f)
    .map((point) => String.fromCharCode(point)),
  maxLength: 60,
});
const authorization = fc.oneof(
  fc.constant(undefined),
  fc.constant('Bearer RIGHT'),
  fc.constant(`Basic ${Buffer.from('ana:pombo').toString('base64')}`),
  header,
  header.map((rest) => `Basic ${Buffer.from(rest, 'latin1').toString('base64')}`),
  header.map((rest) => `Bearer ${rest}`),
);
const request = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT'),
  query: fields,
  body: fields,
  contentType,
  written,
  authorization,
  key: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: header }),
  prefer: fc.oneof(fc.constant(undefined), fc.constantFrom('wait=0', 'respond-async', 'wait=x, ,;', 'wait=999999999')),
});
type AnyRequest = typeof request extends fc.Arbitrary<infer T> ? T : never;

const filled = (anything: string) => anything.replaceAll('RIGHT', tsid).replaceAll('LINE', line);
const printed = (anything: unknown) => (typeof anything === 'string' ? anything : (JSON.stringify(anything) ?? ''));
/** Escapes that are wrong now and then: half a surrogate pair has no UTF-8. */
const escaped = (anything: unknown) => {
  const said = printed(anything);
  return said.isWellFormed() ? encodeURIComponent(said) : `%ED%A0%80${encodeURIComponent(said.toWellFormed())}`;
};
const form = (all: object) =>
  Object.entries(all)
    .map(([name, said]) => `${escaped(name)}=${escaped(said)}`)
    .join('&');
const writers: Record<string, (all: object) => Buffer> = {
  form: (all) => Buffer.from(form(all)),
  json: (all) => Buffer.from(JSON.stringify(all)),
  multipart: (all) =>
    Buffer.from(
      `${Object.entries(all)
        .map(([name, said]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${printed(said)}\r\n`)
        .join('')}--b--`,
    ),
  raw: (all) => Buffer.from(Object.values(all).map(printed).join('&')),
  latin1: (all) => Buffer.from(JSON.stringify(all), 'latin1'),
  cut: (all) => Buffer.from(JSON.stringify(all)).subarray(0, -3),
};

function askFor(any: AnyRequest): Ask {
  const body = writers[any.written]?.(any.body) ?? Buffer.alloc(0);
  const headers = {
    'content-type': any.contentType,
    authorization: any.authorization,
    'idempotency-key': any.key,
    prefer: any.prefer,
  };
  return {
    method: any.method,
    path: `${sendPath}?${filled(form(any.query))}`,
    body: Buffer.from(filled(body.toString('latin1')), 'latin1'),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, said]) => (said === undefined ? [] : [[name, filled(said)]])),
    ),
    from: elsewhere(),
  };
}

const shape = /^\{"return":\{"status":"[^"]*","status_code":\d+,"messageId":"[^"]*","cdls_id":\d+\}\}$/;
const codes: Record<number, readonly number[]> = {
  200: [1],
  202: [1],
  400: [400, 210, 220, 225, 226, 227, 228, 230, 244],
  401: [100, 102, 130, 132, 140],
  405: [405],
  413: [413],
  422: [422],
};

function expectSound(reply: Reply): number {
  expect(reply.text).toMatch(shape);
  expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
  const { status_code, cdls_id } = JSON.parse(reply.text).return;
  expect(codes[reply.status] ?? [], `${reply.status} ${reply.text}`).toContain(status_code);
  expect(cdls_id > 0).toBe(status_code === 1);
  return cdls_id;
}

const runs = 300;

it('answers anything at all soundly, writes a row exactly when it says so, and harms no neighbour', async () => {
  const good = () => api.ask({ body: `tsid=${tsid}&app_id=${line}&dest=24999&mdata=good&async=1`, from: '10.255.0.1' });
  const ids = new Set<number>();
  const property = fc.asyncProperty(fc.array(request, { minLength: 8, maxLength: 8 }), async (requests) => {
    const answers = await Promise.all([
      ...requests.map((any) => api.ask(askFor(any)).then(expectSound)),
      good().then(expectSound),
    ]);
    expect(answers.at(-1)).toBeGreaterThan(0);
    for (const id of answers) if (id > 0) ids.add(id);
  });
  await fc.assert(property, { numRuns: runs, endOnFailure: true });
  expect(ids.size).toBeGreaterThan(runs);
  const rows = await doorstep.database.query<{ id: string }>('SELECT cdls_id AS id FROM cdls');
  expect(new Set(rows.map(({ id }) => Number(id)))).toEqual(ids);
  expect(doorstep.logged()).not.toContain('"level":50');
});
