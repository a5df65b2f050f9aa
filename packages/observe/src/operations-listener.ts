import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { answerHealth, type Ready } from './health.ts';
import type { StopList } from './stop-list.ts';

export interface OperationsListener {
  host: string;
  port: number;
  close: () => Promise<void>;
}

/** What the listener speaks of. */
export interface Operations {
  metrics: { registry: Registry };
  ready: Ready;
}

export interface OperationsListenerOptions extends Operations {
  host: string;
  /** 0 takes any free port. */
  port: number;
}

interface Answer {
  statusCode: number;
  type: string;
  body: string;
}

/** Opens the listener when the settings name a port for it, and leaves its closing to `stops`. */
export async function offerOperations(
  { metricsHost, metricsPort }: { metricsHost: string; metricsPort: number | null },
  stops: Pick<StopList, 'add'>,
  operations: Operations,
): Promise<void> {
  if (metricsPort === null) return;
  const listener = await openOperationsListener({ host: metricsHost, port: metricsPort, ...operations });
  stops.add('operations listener', listener.close);
}

/**
 * `GET /metrics`, `/healthz` and `/readyz` on a listener of their own, away from the public one. Plain `node:http`,
 * because it must answer when everything above it is in trouble. Rejects when the port is taken.
 */
export async function openOperationsListener(options: OperationsListenerOptions): Promise<OperationsListener> {
  const server = createServer((request, response) => {
    answer(request, options).then(
      (answered) => send(response, answered),
      () =>
        send(response, { statusCode: 500, type: 'text/plain; charset=utf-8', body: 'the metrics could not be read\n' }),
    );
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { host: options.host, port, close: () => closed(server) };
}

async function answer(request: IncomingMessage, options: OperationsListenerOptions): Promise<Answer> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { status: 'only GET is answered here' });
  if (path === '/metrics') {
    const { registry } = options.metrics;
    return { statusCode: 200, type: registry.contentType, body: await registry.metrics() };
  }
  const health = await answerHealth(path, options.ready);
  return health ? json(health.statusCode, health.body) : json(404, { status: 'not found' });
}

function json(statusCode: number, body: object): Answer {
  return { statusCode, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function send(response: ServerResponse, { statusCode, type, body }: Answer): void {
  response.writeHead(statusCode, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}

async function closed(server: ReturnType<typeof createServer>): Promise<void> {
  const closing = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closing;
}
