import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type GraphCall, type GraphClient, type GraphClientOptions, openGraphClient } from './client.ts';

/** Every request of a test, whole and as it came over the wire. */
interface FakeGraph {
  url: string;
  port: number;
  requests: string[];
  connections: Socket[];
}

type Behaviour = (socket: Socket, request: string, count: number) => void;

const open: { clients: GraphClient[]; servers: Server[]; sockets: Set<Socket> } = {
  clients: [],
  servers: [],
  sockets: new Set(),
};

afterEach(async () => {
  for (const socket of open.sockets) socket.destroy();
  open.sockets.clear();
  await Promise.all(open.clients.splice(0).map((client) => client.close()));
  await Promise.all(open.servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

/** A real TCP server that reads whole requests and then does as it is told. */
async function fakeGraph(behave: Behaviour, port = 0): Promise<FakeGraph> {
  const requests: string[] = [];
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    open.sockets.add(socket);
    connections.push(socket);
    socket.on('error', () => socket.destroy());
    readRequests(socket, (request) => behave(socket, request, requests.push(request)));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  open.servers.push(server);
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, requests, connections };
}

function readRequests(socket: Socket, onRequest: (request: string) => void): void {
  let seen = '';
  socket.on('data', (chunk) => {
    seen += chunk.toString('utf8');
    const head = seen.indexOf('\r\n\r\n');
    const without = seen.startsWith('GET ') ? 0 : Number.NaN;
    const length = Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? without);
    if (head === -1 || Buffer.byteLength(seen.slice(head + 4)) < length) return;
    const request = seen;
    seen = '';
    onRequest(request);
  });
}

function answerText(body: string, headers = ''): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const accepted = answerText('{"recipient_id":"1","message_id":"m_1"}');

function client(url: string, options: Partial<GraphClientOptions> = {}): GraphClient {
  const opened = openGraphClient({ baseUrl: url, apiVersion: 'v26.0', ...options });
  open.clients.push(opened);
  return opened;
}

function call(fields: Partial<GraphCall> = {}): GraphCall {
  return {
    token: 'EAAB_token',
    appSecret: null,
    message: { dest: '5275811702471834', type: 'text', data: 'Olá' },
    metadata: '{"cdls_id":"1","attempt":1}',
    deadlineMs: 5000,
    mayWrite: () => true,
    ...fields,
  };
}

test('the request on the wire, and the answer with its headers and phases', async () => {
  const headers = 'facebook-api-version: v26.0\r\nx-fb-trace-id: Tr\r\nx-app-usage: {"call_count":1}\r\n';
  const graph = await fakeGraph((socket) => socket.write(answerText('{"message_id":"m_1"}', headers)));
  const reply = await client(`${graph.url}/prefix/`).send(call());

  const [head, body] = (graph.requests[0] ?? '').split('\r\n\r\n');
  expect(head).toMatch(/^POST \/prefix\/v26\.0\/me\/messages HTTP\/1\.1\r\n/);
  expect(head).toMatch(/authorization: Bearer EAAB_token/i);
  expect(graph.requests[0]?.split('EAAB_token').length).toBe(2);
  expect(JSON.parse(body ?? '')).toEqual({
    recipient: { id: '5275811702471834' },
    messaging_type: 'UPDATE',
    message: { text: 'Olá', metadata: '{"cdls_id":"1","attempt":1}' },
  });
  expect(reply.result).toEqual({
    kind: 'answer',
    httpStatus: 200,
    bodyText: '{"message_id":"m_1"}',
    headers: {
      apiVersion: 'v26.0',
      traceId: 'Tr',
      appUsage: '{"call_count":1}',
      businessUsage: null,
      pageUsage: null,
      retryAfter: null,
    },
  });
  const { connectedMs, writtenMs, answeredMs, totalMs } = reply.phases;
  const stamps = [connectedMs, writtenMs, answeredMs, totalMs].map((stamp) => stamp ?? Number.NaN);
  expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
});

test('the proof travels in the body', async () => {
  const graph = await fakeGraph((socket) => socket.write(accepted));
  await client(graph.url).send(call({ appSecret: 'app_secret' }));
  const [head, body] = (graph.requests[0] ?? '').split('\r\n\r\n');
  expect(head).not.toContain('proof');
  expect(JSON.parse(body ?? '').appsecret_proof).toBe(
    '0850dc75ed9d3f96602fe4c911c669afdf3112adca16997956be46711f5715a5',
  );
});

test('a token that Graph repeats is taken out of the answer', async () => {
  const token = 'EAAGm0PX4ZCpsBAOZB';
  const graph = await fakeGraph((socket) => socket.write(answerText(`{"error":{"message":"bad ${token}"}}`)));
  const { result } = await client(graph.url).send(call({ token }));
  expect(result).toMatchObject({ kind: 'answer', bodyText: '{"error":{"message":"bad [token]"}}' });
});

test('a refused connection, three times', async () => {
  const graph = await fakeGraph(() => {});
  await new Promise((done) => open.servers.pop()?.close(done));
  const reply = await client(graph.url).send(call());
  expect(reply.result).toMatchObject({ kind: 'no_connection', text: expect.stringContaining('ECONNREFUSED') });
  expect(reply.phases).toMatchObject({ connectedMs: null, writtenMs: null, answeredMs: null });
  expect(reply.phases.totalMs).toBeGreaterThan(300);
});

test('a connection that is refused once and then succeeds is one ordinary answer', async () => {
  const closed = await fakeGraph(() => {});
  await new Promise((done) => open.servers.pop()?.close(done));
  const sending = client(closed.url).send(call());
  const graph = await fakeGraph((socket) => socket.write(accepted), closed.port);
  expect((await sending).result).toMatchObject({ kind: 'answer', httpStatus: 200 });
  expect(graph.requests.length).toBe(1);
});

test('a host that never completes the TLS handshake', async () => {
  const graph = await fakeGraph(() => {});
  const reply = await client(graph.url.replace('http:', 'https:'), { connectTimeoutMs: 200 }).send(call());
  expect(reply.result.kind).toBe('no_connection');
  // undici's clock for this ticks twice a second, so two or three tries fit into the plan's two seconds.
  expect(graph.connections.length).toBeGreaterThan(1);
  expect(graph.requests.length).toBe(0);
});

test('a deadline that passes while connecting', async () => {
  const graph = await fakeGraph(() => {});
  const reply = await client(graph.url.replace('http:', 'https:')).send(call({ deadlineMs: 150 }));
  expect(reply.result).toEqual({ kind: 'no_connection', text: 'the deadline of the call passed' });
  expect(reply.phases.totalMs).toBeLessThan(2000);
});

const afterTheStart: [string, Behaviour, object][] = [
  ['a reset instead of an answer', (socket) => socket.resetAndDestroy(), { kind: 'no_answer', written: true }],
  ['a close instead of an answer', (socket) => socket.end(), { kind: 'no_answer', written: true }],
  ['silence past the deadline', () => {}, { kind: 'no_answer', text: 'the deadline of the call passed' }],
  ['only an interim line', (socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'), { kind: 'no_answer' }],
  ['bytes that are no HTTP', (socket) => socket.end('\u0016\u0003 what?\r\n\r\n'), { kind: 'no_answer' }],
  ['half an answer', (socket) => socket.end(accepted.slice(0, -5)), { kind: 'broken_answer', httpStatus: 200 }],
  [
    'an answer that stops and stays open',
    (socket) => socket.write(accepted.slice(0, -5)),
    { kind: 'broken_answer', httpStatus: 200, text: 'the deadline of the call passed' },
  ],
  [
    'an answer without an end',
    (socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(200_000)}`),
    { kind: 'broken_answer', httpStatus: 200, text: expect.stringContaining('max size') },
  ],
];

test.each(afterTheStart)('%s is told as such, and nothing is sent again', async (_name, behave, expected) => {
  const graph = await fakeGraph(behave);
  const reply = await client(graph.url).send(call({ deadlineMs: 400 }));
  expect(reply.result).toMatchObject(expected);
  expect(reply.phases.connectedMs).not.toBeNull();
  expect(reply.phases.totalMs).toBeLessThan(2000);
  expect(graph.requests.length).toBe(1);
});

test('a slow drip that ends in time is an answer; one that does not is cut off at the deadline', async () => {
  const graph = await fakeGraph((socket, _request, count) => {
    const stepMs = count === 1 ? 2 : 100;
    let sent = 0;
    const drip = setInterval(() => {
      if (sent >= accepted.length || socket.destroyed) clearInterval(drip);
      else socket.write(accepted.slice(sent, ++sent));
    }, stepMs);
  });
  const graphClient = client(graph.url);
  expect((await graphClient.send(call())).result).toMatchObject({ kind: 'answer', httpStatus: 200 });
  const slow = await graphClient.send(call({ deadlineMs: 300 }));
  expect(slow.result.kind).toBe('no_answer');
  expect(slow.phases.totalMs).toBeLessThan(2000);
});

test('an idle socket the server has closed is noticed before the next request is started', async () => {
  const graph = await fakeGraph((socket, _request, count) =>
    count === 1 ? socket.end(accepted) : socket.write(accepted),
  );
  const graphClient = client(graph.url);
  await graphClient.send(call());
  await closed(graph.connections[0]);
  expect((await graphClient.send(call())).result.kind).toBe('answer');
  expect(graph.requests.length).toBe(2);
  expect(graph.connections.length).toBe(2);
});

test('an idle socket that dies under the next request makes an unknown, never a second copy', async () => {
  const graph = await fakeGraph((socket, _request, count) => {
    if (count === 1) socket.write(accepted);
    else socket.resetAndDestroy();
  });
  const graphClient = client(graph.url);
  await graphClient.send(call());
  await socketIsIdle();
  expect((await graphClient.send(call())).result).toMatchObject({ kind: 'no_answer', written: true });
  expect(graph.requests.length).toBe(2);
  expect(graph.connections.length).toBe(1);
});

test('one after the other share a socket', async () => {
  const graph = await fakeGraph((socket) => socket.write(accepted));
  const graphClient = client(graph.url);
  for (let count = 0; count < 3; count++) {
    await graphClient.send(call());
    await socketIsIdle();
  }
  expect(graph.connections.length).toBe(1);
});

test('what may no longer be written is not written', async () => {
  const graph = await fakeGraph((socket) => socket.write(accepted));
  const graphClient = client(graph.url);
  let asked = 0;
  const withheld = await graphClient.send(call({ mayWrite: () => ++asked < 1 }));
  expect(withheld.result).toEqual({ kind: 'withheld' });
  expect(withheld.phases.writtenMs).toBeNull();
  expect(asked).toBe(1);
  expect((await graphClient.send(call())).result.kind).toBe('answer');
  expect(graph.requests.length).toBe(1);
  expect(graph.connections.length).toBe(1);
});

test('a call that waited for a socket past its deadline was not sent and will not be', async () => {
  const held: Socket[] = [];
  const graph = await fakeGraph((socket) => held.push(socket));
  const graphClient = client(graph.url, { connections: 1 });
  const first = graphClient.send(call());
  const second = await graphClient.send(call({ deadlineMs: 150, metadata: 'second' }));
  expect(second.result).toMatchObject({ kind: 'no_connection', text: 'the deadline of the call passed' });
  held[0]?.write(accepted);
  expect((await first).result.kind).toBe('answer');
  const third = graphClient.send(call({ metadata: 'third' }));
  await requestsReach(graph, 2);
  for (const socket of held) if (!socket.destroyed) socket.write(accepted);
  expect((await third).result.kind).toBe('answer');
  expect(graph.requests.some((request) => request.includes('second'))).toBe(false);
});

test('phases are told as they are reached', async () => {
  const graph = await fakeGraph((socket) => socket.write(accepted));
  const told: string[] = [];
  await client(graph.url, { onPhase: (phase, metadata) => told.push(`${metadata} ${phase}`) }).send(
    call({ metadata: 'm' }),
  );
  expect(told).toEqual(['m connected', 'm written', 'm answered']);
});

const probeCall = { token: 'EAAB_token', appSecret: null, deadlineMs: 5000 };
const page = answerText('{"id":"4711"}');

test('a probe on the wire: a small GET, with the token in its header and the proof as a parameter', async () => {
  const graph = await fakeGraph((socket) => socket.write(page));
  const graphClient = client(`${graph.url}/prefix/`);
  expect(await graphClient.probe(probeCall)).toEqual({ kind: 'works' });
  await graphClient.probe({ ...probeCall, appSecret: 'app_secret' });

  const [plain = '', proven = ''] = graph.requests;
  expect(plain).toMatch(/^GET \/prefix\/v26\.0\/me\?fields=id HTTP\/1\.1\r\n/);
  expect(plain).toMatch(/authorization: Bearer EAAB_token/i);
  const proof = '0850dc75ed9d3f96602fe4c911c669afdf3112adca16997956be46711f5715a5';
  expect(proven.split('\r\n')[0]).toBe(`GET /prefix/v26.0/me?fields=id&appsecret_proof=${proof} HTTP/1.1`);
  for (const request of [plain, proven]) expect(request.split('EAAB_token').length).toBe(2);
});

test('a probe that is refused keeps the token out of what it says', async () => {
  const graph = await fakeGraph((socket) =>
    socket.write(answerText('{"error":{"message":"token EAAB_token_4711_x is bad","code":190,"error_subcode":463}}')),
  );
  const probe = await client(graph.url).probe({ ...probeCall, token: 'EAAB_token_4711_x' });
  expect(probe).toMatchObject({
    kind: 'refused',
    outcome: { kind: 'line_down', mend: { by: 'token' }, reply: { code: 190, text: 'token [token] is bad' } },
  });
});

const noWords: [string, Behaviour][] = [
  ['silence', () => {}],
  ['a reset', (socket) => socket.resetAndDestroy()],
  ['a page that names nobody', (socket) => socket.write(answerText('{"id":""}'))],
  ['a text nobody can read', (socket) => socket.write(answerText('Service Unavailable'))],
  ['too fast', (socket) => socket.write(answerText('{"error":{"code":613}}'))],
  ['later', (socket) => socket.write(answerText('{"error":{"code":2}}'))],
  ['no idea', (socket) => socket.write(answerText('{"error":{"code":1}}'))],
];

test.each(noWords)('%s says nothing about a token', async (_name, behave) => {
  const graph = await fakeGraph(behave);
  expect(await client(graph.url).probe({ ...probeCall, deadlineMs: 400 })).toEqual({ kind: 'no_word' });
  expect(graph.requests.length).toBe(1);
});

const uploadCall = { ...probeCall, media: { type: 'image', url: 'https://example.com/a.png?key=s3cret' } } as const;

test('an upload on the wire, and the id it brings', async () => {
  const graph = await fakeGraph((socket) => socket.write(answerText('{"attachment_id":"1601472827243653"}')));
  const upload = await client(`${graph.url}/prefix/`).uploadAttachment({ ...uploadCall, appSecret: 'app_secret' });

  expect(upload).toEqual({ kind: 'uploaded', attachmentId: '1601472827243653' });
  const [head, body] = (graph.requests[0] ?? '').split('\r\n\r\n');
  expect(head).toMatch(/^POST \/prefix\/v26\.0\/me\/message_attachments HTTP\/1\.1\r\n/);
  expect(graph.requests[0]?.split('EAAB_token').length).toBe(2);
  expect(head).toMatch(/authorization: Bearer EAAB_token/i);
  expect(JSON.parse(body ?? '')).toEqual({
    message: { attachment: { type: 'image', payload: { url: uploadCall.media.url, is_reusable: true } } },
    appsecret_proof: '0850dc75ed9d3f96602fe4c911c669afdf3112adca16997956be46711f5715a5',
  });
});

test('an upload that is refused keeps the address out of what it says', async () => {
  const error = `{"error":{"message":"no ${uploadCall.media.url}","code":100,"error_subcode":2018109}}`;
  const graph = await fakeGraph((socket) => socket.write(answerText(error)));
  expect(await client(graph.url).uploadAttachment(uploadCall)).toMatchObject({
    kind: 'failed',
    outcome: { kind: 'refused', about: 'request', reply: { text: 'no [secret]' } },
  });
});

test.each<[string, Behaviour, object]>([
  ['silence', () => {}, { kind: 'unknown', because: 'no_answer' }],
  ['no id', (socket) => socket.write(answerText('{}')), { kind: 'unknown', because: 'unreadable_answer' }],
  [
    'an id that is none',
    (socket) => socket.write(answerText('{"attachment_id":" "}')),
    { kind: 'unknown', because: 'unreadable_answer' },
  ],
  [
    'an answer to something else',
    (socket) => socket.write(accepted),
    { kind: 'unknown', because: 'unreadable_answer' },
  ],
  ['too fast', (socket) => socket.write(answerText('{"error":{"code":613}}')), { kind: 'throttled', scope: 'page' }],
])('an upload that meets %s', async (_name, behave, outcome) => {
  const graph = await fakeGraph(behave);
  const upload = await client(graph.url).uploadAttachment({ ...uploadCall, deadlineMs: 400 });
  expect(upload).toMatchObject({ kind: 'failed', outcome });
});

test('close waits for the open call, and afterwards nothing is sent', async () => {
  const graph = await fakeGraph(() => {});
  const graphClient = openGraphClient({ baseUrl: graph.url, apiVersion: 'v26.0' });
  const sending = graphClient.send(call());
  await requestsReach(graph, 1);
  const closing = graphClient.close();
  graph.connections[0]?.write(accepted);
  expect((await sending).result.kind).toBe('answer');
  await closing;
  expect((await graphClient.send(call())).result.kind).toBe('no_connection');
  expect(graph.requests.length).toBe(1);
});

/** undici leaves an answered socket alone for one turn of the event loop before it may be used again. */
async function socketIsIdle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

async function closed(socket: Socket | undefined): Promise<void> {
  if (socket !== undefined && !socket.closed) await once(socket, 'close');
}

/** The server hears of a request on its own sockets; this only gives it the turns of the event loop it needs. */
async function requestsReach(graph: FakeGraph, count: number): Promise<void> {
  while (graph.requests.length < count) await new Promise(setImmediate);
}
