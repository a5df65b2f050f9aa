import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerBrokenHttp } from './broken-http.ts';
import { limitSlowSenders } from './slow-senders.ts';

let server: Server;
let port: number;

beforeAll(async () => {
  const slowSenders = limitSlowSenders({ withinMs: 100, refuse: answerBrokenHttp });
  server = createServer((request, response) => {
    slowSenders.watch(request, response);
    if (request.url === '/excused') slowSenders.excuse(request);
    if (request.url === '/answered') response.write('first half');
    request.on('end', () => response.end('all here')).resume();
    request.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => server.close());

/** Says that ten bytes will come, and sends five of them. */
function beginBody(path: string) {
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST ${path} HTTP/1.1\r\nHost: pombo\r\nContent-Length: 10\r\n\r\n12345`);
  return socket;
}

it('a body that takes too long is answered 408 and closed', async () => {
  expect(await text(beginBody('/'))).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*Connection: close/s);
});

it('one that has been answered in part is closed without another word', async () => {
  expect(await text(beginBody('/answered')).catch(() => 'reset')).not.toContain('408');
});

it('one that is excused may take its time', async () => {
  const socket = beginBody('/excused');
  // The other begins later and is over: by then this one would be, too.
  await text(beginBody('/'));
  socket.end('67890');
  expect(await text(socket)).toContain('all here');
});

it('one that came in time may wait for its answer as long as it likes', async () => {
  const request = httpRequest({ port, method: 'POST', headers: { 'content-length': 2 } });
  request.end('ok');
  const [response] = await new Promise<[NodeJS.ReadableStream]>((resolve) =>
    request.on('response', (response) => resolve([response])),
  );
  expect(await text(response)).toBe('all here');
});
