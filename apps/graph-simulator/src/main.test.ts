import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

function start(env: Record<string, string>) {
  return spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

test('starts, says where it is, and leaves with 0 on SIGTERM in the middle of a call', async () => {
  const child = start({ SIMULATOR_PORT: '0', SIMULATOR_LATENCY: '60000' });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  expect((await fetch(`${url}/_simulator/healthz`)).status).toBe(200);
  const waiting = fetch(`${url}/v26.0/me/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer t' },
    body: '{"recipient":{"id":"1"},"message":{"text":"x"}}',
  });
  await fetch(`${url}/_simulator/healthz`);
  child.kill('SIGTERM');
  const [[code]] = await Promise.all([once(child, 'exit'), expect(waiting).rejects.toThrow()]);
  expect(code).toBe(0);
});

test('answers for its own health and metrics on a listener of their own', async () => {
  const operations = await freePort();
  const child = start({ SIMULATOR_PORT: '0', METRICS_PORT: String(operations) });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${operations}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  expect(await ask('/healthz')).toMatchObject({ status: 200 });
  expect(await ask('/readyz')).toEqual({ status: 200, body: '{"status":"ready"}' });
  expect(await ask('/metrics')).toEqual({ status: 200, body: expect.stringContaining('process="simulator"') });
  expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('process_cpu');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('refuses settings it does not understand, in a sentence', async () => {
  const child = start({ SIMULATOR_LATENCY: 'soon' });
  const [message] = (await once(createInterface(child.stderr), 'line')) as [string];
  expect(message).toContain('SIMULATOR_LATENCY');
  expect(child.exitCode ?? ((await once(child, 'exit')) as [number])[0]).toBe(1);
});

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
