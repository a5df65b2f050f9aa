import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { type CollectorManner, type OtlpReceiver, openOtlpReceiver } from '../support/otlp-receiver.ts';
import type { ReceivedSpan } from '../support/otlp-spans.ts';
import type { Program } from '../support/program.ts';
import { until } from '../support/until.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';
const psid = '1234567890123456';
const sends = '/api/v2/MakeMessenger.php';
const tellLoaded = `--import=${pathToFileURL(join(import.meta.dirname, '..', 'support', 'loaded-modules.mjs'))}`;

interface Sent {
  http: number;
  requestId: string | null;
  cdlsId: string;
}

/** A machine that has too much else to do says 503, before anything is written, and is asked again. */
async function send(...asked: Parameters<typeof sendOnce>): Promise<Sent> {
  for (;;) {
    const sent = await sendOnce(...asked);
    if (sent.http !== 503) return sent;
    await pause(500);
  }
}

async function sendOnce(house: House, api: Program, line: string, over: Record<string, string> = {}, headers = {}) {
  const answer = await fetch(api.url + sends, {
    method: 'POST',
    headers: { authorization: `Bearer ${house.tsid}`, ...headers },
    body: new URLSearchParams({ app_id: line, dest: psid, mdata: 'planted-text', ...over }),
  });
  const body = (await answer.json()) as { return: { cdls_id: number } };
  const sent: Sent = {
    http: answer.status,
    requestId: answer.headers.get('x-request-id'),
    cdlsId: String(body.return.cdls_id),
  };
  return sent;
}

const isAbout = (id: string) => (span: ReceivedSpan) => span.attributes.cdls_id === id;
const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);
const logLines = (program: Program) =>
  program
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Record<string, unknown> => JSON.parse(line));

describe.each<Backend>(['redis', 'postgres'])('a traced message on %s', (backend) => {
  let house: House | null;
  let collector: OtlpReceiver;
  let api: Program;
  let worker: Program;
  let line: string;

  beforeAll(async () => {
    house = await openHouse({ backend });
    if (!house) return;
    collector = await openOtlpReceiver();
    line = await house.addLine(0);
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'info', NODE_OPTIONS: tellLoaded };
    worker = await house.startWorker(traced);
    api = await house.startApi(traced);
  }, 180_000);
  afterAll(async () => {
    await house?.stop();
    await collector?.close();
  });

  it('is one trace from its caller to Graph, and the log lines name it', async ({ skip }) => {
    if (!house) return skip();
    const traceparent = `00-${traceId}-${callersSpan}-01`;
    const sent = await send(house, api, line, {}, { traceparent, 'x-request-id': 'order-7' });
    expect(sent).toMatchObject({ http: 200, requestId: 'order-7' });
    const isOfIt = ({ attributes }: ReceivedSpan) => attributes['http.response.status_code'] !== 503;
    const spans = await collector.when(8, (span) => span.traceId === traceId && isOfIt(span));

    const [request] = named(spans, `POST ${sends}`);
    const [delivery] = named(spans, 'deliver');
    const [call] = named(spans, 'Graph call');
    expect(request).toMatchObject({ service: 'pombo-api', kind: 2, parentSpanId: callersSpan, failed: false });
    expect(request?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': sends,
      'http.response.status_code': 200,
      'url.scheme': 'http',
      cdls_id: sent.cdlsId,
      'pombo.line': line,
      'pombo.lane': 'now',
      'pombo.customer': house.customerId,
      'pombo.status_code': 200,
      'pombo.request_id': 'order-7',
    });
    expect(delivery).toMatchObject({ service: 'pombo-worker', kind: 5, parentSpanId: request?.spanId, links: [] });
    expect(delivery?.attributes).toMatchObject({ cdls_id: sent.cdlsId, 'pombo.attempt': 1, 'pombo.outcome': 'sent' });
    expect(call).toMatchObject({
      kind: 3,
      parentSpanId: delivery?.spanId,
      events: ['connected', 'written', 'answered'],
    });
    expect(call?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'url.full': `${house.simulator.url}/v26.0/me/messages`,
      'pombo.outcome': 'sent',
      'pombo.line': line,
      cdls_id: sent.cdlsId,
      fbtrace_id: expect.any(String),
    });
    const parents = Object.fromEntries(spans.map(({ name, parentSpanId }) => [name, parentSpanId]));
    expect(parents).toEqual({
      [`POST ${sends}`]: callersSpan,
      accept: request?.spanId,
      'wait for outcome': request?.spanId,
      deliver: request?.spanId,
      'wait for turn': delivery?.spanId,
      'Graph call': delivery?.spanId,
      settle: delivery?.spanId,
      announce: delivery?.spanId,
    });
    for (const span of spans) expect(span.endNanos).toBeGreaterThanOrEqual(span.startNanos);

    const ofThis = (entry: Record<string, unknown>) => entry.cdls_id === sent.cdlsId;
    await until(() => logLines(worker).some(ofThis));
    expect(logLines(api).find(ofThis)).toMatchObject({ trace_id: traceId, requestId: 'order-7' });
    expect(logLines(worker).find(ofThis)).toMatchObject({ trace_id: traceId, span_id: delivery?.spanId });
  });

  it('goes on in a trace of its own where nobody waits, with a link to the request', async ({ skip }) => {
    if (!house) return skip();
    const sent = await send(house, api, line, { async: '1', dest: '2345678901234567' });
    const spans = await collector.when(3, isAbout(sent.cdlsId));
    const [request] = named(spans, `POST ${sends}`);
    const [delivery] = named(spans, 'deliver');
    expect(request?.parentSpanId).toBe('');
    expect(delivery?.parentSpanId).toBe('');
    expect(delivery?.traceId).not.toBe(request?.traceId);
    expect(delivery?.links).toEqual([{ traceId: request?.traceId, spanId: request?.spanId }]);
    expect(named(spans, 'Graph call')[0]?.traceId).toBe(delivery?.traceId);
  });

  it('says why a request was refused and what Graph refused', async ({ skip }) => {
    if (!house) return skip();
    house.simulator.weather.add({ match: { dest: '551' }, effect: { kind: 'error', code: 551, subcode: 1545041 } });
    const sent = await send(house, api, line, { dest: '551' });
    const [call] = await collector.when(1, (span) => isAbout(sent.cdlsId)(span) && span.name === 'Graph call');
    expect(call).toMatchObject({ failed: true });
    expect(call?.attributes).toMatchObject({ 'graph.code': 551, 'graph.subcode': 1545041, 'pombo.outcome': 'refused' });
    expect(call?.attributes['error.type']).toEqual(expect.any(String));

    const refused = await send(house, api, line, { mdata: '' }, { 'x-request-id': 'without-mdata' });
    expect(refused.http).toBe(400);
    const [span] = await collector.when(1, ({ attributes }) => attributes['pombo.request_id'] === 'without-mdata');
    expect(span?.attributes).toMatchObject({ 'pombo.status_code': 225, 'http.response.status_code': 400 });
    expect(span?.failed).toBe(false);
  });

  it('is not recorded where its caller does not record, in either lane', async ({ skip }) => {
    if (!house) return skip();
    const unrecorded = { traceparent: `00-${'a'.repeat(32)}-${callersSpan}-00` };
    const now = await send(house, api, line, { dest: '31' }, unrecorded);
    const bulk = await send(house, api, line, { dest: '32', async: '1' }, unrecorded);
    await until(() => logLines(worker).some((entry) => entry.cdls_id === bulk.cdlsId));
    // Whatever was told before this one has arrived with it.
    const last = await send(house, api, line, { dest: '33', async: '1' });
    await collector.when(2, (span) => isAbout(last.cdlsId)(span) && span.service === 'pombo-worker');
    await collector.when(1, (span) => isAbout(last.cdlsId)(span) && span.service === 'pombo-api');
    expect(
      collector.spans.filter((span) => [now.cdlsId, bulk.cdlsId].includes(String(span.attributes.cdls_id))),
    ).toEqual([]);
    expect(collector.spans.some((span) => span.traceId === 'a'.repeat(32))).toBe(false);
  });

  it('begins a trace of its own when its traceparent is none', async ({ skip }) => {
    if (!house) return skip();
    const sent = await send(
      house,
      api,
      line,
      { dest: '34' },
      { traceparent: `00-${'0'.repeat(32)}-${callersSpan}-01` },
    );
    expect(sent.http).toBe(200);
    const spans = await collector.when(3, isAbout(sent.cdlsId));
    expect(named(spans, `POST ${sends}`)[0]?.parentSpanId).toBe('');
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
  });

  it('leaves nothing of it in jobs, and nothing it must not say in spans', async ({ skip }) => {
    if (!house) return skip();
    const headers = { traceparent: `00-${traceId}-${callersSpan}-01` };
    house.simulator.weather.add({ match: { dest: '5001' }, effect: { kind: 'slow', ms: 3000 } });
    house.simulator.weather.add({ match: { dest: '5002' }, effect: { kind: 'slow', ms: 3000 } });
    const received = house.simulator.received();
    // While Graph is at it the jobs are there.
    const now = send(house, api, line, { dest: '5001' }, headers);
    const bulk = await send(house, api, line, { dest: '5002', async: '1' }, headers);
    await house.simulator.whenReceived(received + 2);
    const jobs = await jobDataOf(house);
    const rows = await house.database.query<{ traceparent: string | null }>('SELECT traceparent FROM delivery');
    const { cdlsId } = await now;
    expect(jobs).toHaveLength(2);
    expect(jobs).toEqual(
      expect.arrayContaining([cdlsId, bulk.cdlsId].map((messageId) => ({ notes: [`${messageId}-1`] }))),
    );
    expect(rows.map((row) => row.traceparent?.slice(0, 36))).toEqual(Array(2).fill(`00-${traceId}-`));

    await collector.when(
      2,
      ({ name, attributes }) => name === 'deliver' && [cdlsId, bulk.cdlsId].includes(String(attributes.cdls_id)),
    );
    const told = JSON.stringify(collector.spans, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    expect(told).toContain('fbtrace_id');
    for (const secret of [house.tsid, house.tsid.slice(0, 10), 'planted-text', 'EAAtest', psid, '2345678901234567']) {
      expect(told).not.toContain(secret);
    }
    // That it can be seen is what makes its absence worth something, further down.
    expect(api.output()).toContain('loaded-sdk-module');
  });
});

/** What every job that is there carries. */
async function jobDataOf(house: House): Promise<unknown[]> {
  if (house.backend === 'postgres') {
    const rows = await house.database.query<{ data: unknown }>('SELECT data FROM bullmq.job');
    return rows.map(({ data }) => (typeof data === 'string' ? JSON.parse(data) : data));
  }
  const { Redis } = await import('ioredis');
  const redis = new Redis(house.redis?.url ?? '');
  try {
    const keys = await redis.keys('*:m-*');
    const found = await Promise.all(keys.map((key) => redis.hget(key, 'data').catch(() => null)));
    return found.filter((data) => data !== null).map((data) => JSON.parse(data));
  } finally {
    redis.disconnect();
  }
}

it('costs nothing when it is off: no SDK, no collector, no column', async () => {
  const house = await openHouse({ backend: 'postgres' });
  if (!house) throw new Error('PostgreSQL is always here');
  const collector = await openOtlpReceiver();
  const off = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SDK_DISABLED: 'true',
    NODE_OPTIONS: tellLoaded,
    LOG_LEVEL: 'info',
  };
  const line = await house.addLine(0);
  for (const statement of [
    'CREATE TABLE seen AS SELECT traceparent FROM delivery',
    "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (NEW.traceparent); RETURN NEW; END'",
    'CREATE TRIGGER see BEFORE INSERT ON delivery FOR EACH ROW EXECUTE FUNCTION see()',
  ]) {
    await house.database.query(statement);
  }
  const worker = await house.startWorker(off);
  const api = await house.startApi(off);
  const sent = await send(house, api, line, {}, { traceparent: `00-${traceId}-${callersSpan}-01` });
  expect(sent.http).toBe(200);
  await until(() => logLines(worker).some((entry) => entry.cdls_id === sent.cdlsId));
  expect(await Promise.all([api.end('SIGTERM'), worker.end('SIGTERM')])).toEqual([0, 0]);

  expect(await house.database.query('SELECT * FROM seen')).toEqual([{ traceparent: null }]);
  expect(collector.requests()).toBe(0);
  for (const program of [api, worker]) {
    expect(program.output()).not.toContain('loaded-sdk-module');
    expect(program.output()).not.toContain('trace_id');
  }
  await house.stop();
  await collector.close();
}, 180_000);

it.concurrent.each<CollectorManner | 'is away'>(['hangs', 'garbles', 'refuses', 'is away'])(
  'sends and stops in time while the collector %s',
  async (manner) => {
    const house = await openHouse({ backend: 'postgres' });
    if (!house) throw new Error('PostgreSQL is always here');
    const collector = await openOtlpReceiver(manner === 'is away' ? 'takes' : manner);
    if (manner === 'is away') await collector.close();
    const line = await house.addLine(0);
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'info' };
    const worker = await house.startWorker(traced);
    const api = await house.startApi(traced);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => send(house, api, line, { dest: `${4000 + n}` })),
    );
    expect(answers.map(({ http }) => http)).toEqual(Array(20).fill(200));
    if (manner !== 'is away') await until(() => collector.requests() >= 2);
    expect(await Promise.all([api.end('SIGTERM'), worker.end('SIGTERM')])).toEqual([0, 0]);
    const lines = logLines(worker);
    const lost = lines.reduce((sum, { spans }) => sum + Number(spans ?? 0), 0);
    const attempts = lines.filter(({ msg }) => msg === 'attempt').length;
    // An answer that cannot be read came with a 200: the collector has them.
    expect([manner, lost]).toEqual([manner, manner === 'garbles' ? 0 : attempts * 5]);
    await house.stop();
    await collector.close();
  },
  180_000,
);
