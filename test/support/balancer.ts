import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** A small load balancer: each request goes to the next process that is ready. */
export interface Balancer {
  readonly url: string;
  /** From now on this process gets its share, when it is ready. */
  add(url: string): void;
  remove(url: string): void;
  close(): Promise<void>;
}

const askEveryMs = 100;
/** How long a request is kept while no process is ready: on a busy machine each may be short of breath for a moment. */
const patienceMs = 5_000;

/**
 * It asks `/readyz` again and again, and lets a request move on where that is certainly harmless: the connection was
 * refused, or the answer is the 503 that promises that nothing was done.
 */
export async function openBalancer(): Promise<Balancer> {
  const ready = new Map<string, boolean>();
  let turn = 0;

  async function look(url: string): Promise<void> {
    const isReady = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready.has(url)) ready.set(url, isReady);
  }

  function inOrder(): string[] {
    const urls = [...ready].filter(([, isReady]) => isReady).map(([url]) => url);
    turn += 1;
    return urls.map((_, index) => urls[(turn + index) % urls.length] ?? '');
  }

  async function pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const giveUpAt = performance.now() + patienceMs;
    while (performance.now() < giveUpAt) {
      for (const url of inOrder()) {
        const passed = await passTo(url, asked, body).catch(nullWhenRefused);
        if (passed && passed.statusCode !== 503) {
          answer.writeHead(passed.statusCode ?? 502, passed.headers);
          passed.pipe(answer);
          return;
        }
        passed?.resume();
        ready.set(url, false);
      }
      await pause(askEveryMs);
    }
    refuse(answer, 503, 'no process is ready');
  }

  const listener = createServer((asked, answer) => {
    pass(asked, answer).catch((error: unknown) => refuse(answer, 502, String(error)));
  });
  // Never closes an idle connection: that is its callers' doing, or one might be closed in the moment it is used.
  listener.keepAliveTimeout = 0;
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const timer = setInterval(() => {
    for (const url of ready.keys()) void look(url);
  }, askEveryMs);

  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    add: (url) => void ready.set(url, true),
    remove: (url) => void ready.delete(url),
    async close() {
      clearInterval(timer);
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** One request on a connection of its own: an idle one may be closed in the very moment it is used. */
function passTo(url: string, asked: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers } = asked;
    const passed = request(new URL(asked.url ?? '/', url), { method, headers, agent: false });
    passed.on('error', reject).on('response', resolve).end(body);
  });
}

function nullWhenRefused(error: NodeJS.ErrnoException): null {
  if (error.code === 'ECONNREFUSED') return null;
  throw error;
}

function refuse(answer: ServerResponse, httpStatus: number, status: string): void {
  answer.writeHead(httpStatus).end(JSON.stringify({ return: { status, cdls_id: 0 } }));
}
