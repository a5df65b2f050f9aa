import { afterEach, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { type OperationsListener, offerOperations, openOperationsListener } from './operations-listener.ts';
import { createStopList } from './stop-list.ts';

const open: OperationsListener[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function listen(ready: () => Promise<string[]>): Promise<string> {
  const metrics = createMetrics({ process: 'worker' });
  const listener = await openOperationsListener({ host: '127.0.0.1', port: 0, metrics, ready });
  open.push(listener);
  return `http://127.0.0.1:${listener.port}`;
}

it('shows metrics, health and readiness', async () => {
  const base = await listen(async () => ['database: gone']);
  const metrics = await fetch(`${base}/metrics`);
  expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await metrics.text()).toContain('# TYPE pombo_attempts_in_flight gauge');
  expect(await (await fetch(`${base}/healthz`)).json()).toEqual({ status: 'alive' });
  const ready = await fetch(`${base}/readyz?verbose=1`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ status: 'not ready', reasons: ['database: gone'] });
});

it('answers 200 when ready, 404 elsewhere, 405 to anything but reading', async () => {
  const base = await listen(async () => []);
  expect((await fetch(`${base}/readyz`)).status).toBe(200);
  expect((await fetch(`${base}/`)).status).toBe(404);
  expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(405);
});

it('refuses a port that is taken', async () => {
  const port = Number(new URL(await listen(async () => [])).port);
  const again = openOperationsListener({
    host: '127.0.0.1',
    port,
    metrics: createMetrics({ process: 'worker' }),
    ready: async () => [],
  });
  await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('closes although a client keeps its connection', async () => {
  const base = await listen(async () => []);
  await (await fetch(`${base}/healthz`, { keepalive: true })).text();
  await Promise.all(open.splice(0).map((listener) => listener.close()));
  await expect(fetch(`${base}/healthz`)).rejects.toThrow();
});

it('is offered only where the settings name a port', async () => {
  const operations = { metrics: createMetrics({ process: 'worker' }), ready: async () => [] };
  const { list, stopAll } = createStopList();
  await offerOperations({ metricsHost: '127.0.0.1', metricsPort: null }, list, operations);
  const port = Number(new URL(await listen(async () => [])).port);
  // The port is taken, so it was asked for.
  await expect(offerOperations({ metricsHost: '127.0.0.1', metricsPort: port }, list, operations)).rejects.toThrow();
  expect(await stopAll(1_000)).toEqual([]);
});
