import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnPombo, startPombo } from '../support/pombo-command.ts';
import { recorder } from '../support/signal.ts';

const anyPorts = {
  API_PORT: '0',
  CONSOLE_PORT: '0',
  SIMULATOR_PORT: '0',
  METRICS_PORT: '0',
  SIMULATOR_LATENCY: 'none',
};
const startMs = 60_000;

interface Started {
  child: ChildProcess;
  tsid: string;
  api: string;
  console: string;
  simulator: string;
  adminToken: string;
  curl: string;
  /** The exit code, and everything that was printed. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; said: string }>;
}

let home: string;
let running: ChildProcess[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pombo-start-'));
  // Root lets PostgreSQL run as somebody else, who has to get in.
  await chmod(home, 0o755);
  running = [];
});

afterEach(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  await rm(home, { recursive: true, force: true });
});

async function fly(env: Record<string, string> = anyPorts): Promise<Started> {
  const texts = recorder<string>();
  const child = startPombo(['start', '--data', home], env, (text) => texts.record(text));
  running.push(child);
  const gone = once(child, 'exit');
  void gone.then(() => texts.record('\n(it has ended)'));
  await texts.until((seen) => /Ctrl-C stops|has ended\)/.test(seen.join('')), startMs);
  const said = texts.seen.join('');
  const find = (pattern: RegExp) => pattern.exec(said)?.[1] ?? `not in: ${said}`;
  return {
    child,
    tsid: find(/tsid=(\S+)/),
    api: find(/API +(http\S+)/),
    console: find(/Console +(http\S+)/),
    simulator: find(/Graph +(http\S+)/),
    adminToken: find(/ADMIN_TOKEN: ([^)]+)\)/),
    curl: find(/(curl -s .*)/),
    async end(signal) {
      child.kill(signal);
      const [code] = await gone;
      return { code, said: texts.seen.join('') };
    },
  };
}

/** What the curl line of the banner does. */
async function paste(curl: string): Promise<{ return: { status: string; messageId: string; cdls_id: number } }> {
  const [, url = '', fields = ''] = /curl -s (\S+) (.*)/.exec(curl) ?? [];
  const pairs = fields.split('-d ').map((pair) => pair.trim().split('=') as [string, string]);
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(pairs.filter(([name]) => name !== '')),
  });
  return (await response.json()) as { return: { status: string; messageId: string; cdls_id: number } };
}

test('everything starts, the pasted line works, and a second start keeps what there was', {
  timeout: 180_000,
}, async () => {
  const first = await fly();
  expect((await paste(first.curl)).return).toMatchObject({
    status: 'OK',
    messageId: expect.stringMatching(/^m_/),
    cdls_id: 1,
  });
  const ledger = await (await fetch(`${first.simulator}/_simulator/ledger/summary`)).text();
  expect(ledger).toContain('1');

  const elsewhere = await spawnPombo(['start', '--data', home], anyPorts);
  expect(elsewhere).toMatchObject({ code: 1, err: expect.stringContaining(`is running (process ${first.child.pid})`) });
  const listed = await spawnPombo(['list', 'lines', '--json', '--data', home], {});
  expect(JSON.parse(listed.out)).toMatchObject([{ v8l_id: 1234, rate: 40, standing: 'open' }]);
  const sent = await spawnPombo(
    ['send', '--line', '1234', '--dest', '77', '--mdata', 'oi', '--json', '--data', home],
    {},
  );
  expect(JSON.parse(sent.out).return).toMatchObject({ status: 'OK', cdls_id: expect.any(Number) });
  for (const secret of ['keys.json', 'running.json']) expect((await stat(join(home, secret))).mode & 0o777).toBe(0o600);
  await lookAtConsole(first);

  const ended = await first.end('SIGTERM');
  expect(ended.code).toBe(0);
  const order = [...ended.said.matchAll(/pombo +\| (?:The )?(\w+) stops/g)].map(([, name]) => name);
  expect(order).toEqual(['api', 'worker', 'console', 'simulator', 'PostgreSQL']);
  expect(ended.said).not.toMatch(/\n\s+at /);

  const second = await fly();
  expect(second.tsid).toBe(first.tsid);
  expect(second.adminToken).toMatch(/^not in: [\s\S]*sign in with your name/);
  expect((await paste(second.curl)).return.status).toBe('OK');
  expect(await statusOf(1)).toBe('OK');
});

async function statusOf(message: number): Promise<string> {
  const { out } = await spawnPombo(['message', 'show', String(message), '--json', '--data', home], {});
  return JSON.parse(out).status;
}

async function lookAtConsole({ console: address, adminToken }: Started): Promise<void> {
  const closed = await fetch(address);
  expect(await closed.text()).toContain('There is no operator yet');
  const wrong = await makeFirstOperator(address, 'wrong');
  expect(wrong.status).toBe(401);
  const right = await makeFirstOperator(address, adminToken);
  expect(right.status).toBe(303);
  const cookie = right.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
  const open = await fetch(address, { headers: { cookie: cookie.split(';')[0] ?? '' } });
  expect(open.headers.get('content-security-policy')).toContain("default-src 'none'");
  const page = await open.text();
  expect(page).toContain('1234567890123456');
  expect(page).toContain('Demo page');
}

function makeFirstOperator(address: string, token: string): Promise<Response> {
  const body = new URLSearchParams({ token, name: 'ana', password: 'correio é pombo' });
  return fetch(`${address}/first-operator`, { method: 'POST', headers: { origin: address }, body, redirect: 'manual' });
}

test('after kill -9 the next start takes over and has lost nothing', { timeout: 180_000 }, async () => {
  const first = await fly();
  await paste(first.curl);
  const left = Number((await readFile(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  await first.end('SIGKILL');
  expect(() => process.kill(left, 0)).not.toThrow();
  const nobody = await spawnPombo(['list', 'lines', '--data', home], {});
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('no `npm start` is running') });

  const second = await fly();
  expect(() => process.kill(left, 0)).toThrow();
  expect((await paste(second.curl)).return.status).toBe('OK');
  expect(await statusOf(1)).toBe('OK');
  expect(second.tsid).toBe(first.tsid);
});

test('a postmaster.pid whose number belongs to somebody else now is no obstacle', { timeout: 180_000 }, async () => {
  const first = await fly();
  await first.end('SIGTERM');
  await writeFile(join(home, 'postgres', 'data', 'postmaster.pid'), `${process.pid}\n/nowhere\n`);
  const second = await fly();
  expect((await paste(second.curl)).return).toMatchObject({ status: 'OK' });
});

test('a taken port is named, with the way out', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  const { code, err } = await spawnPombo(['start', '--data', home], { ...anyPorts, API_PORT: String(port) });
  squatter.close();
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`Port ${port} for the API is taken. Choose another: API_PORT=\\d+ npm start\\n$`));
});

test('a data folder that cannot be made is a sentence', async () => {
  await writeFile(join(home, 'file'), '');
  const { code, err } = await spawnPombo(['start', '--data', join(home, 'file', 'below')], anyPorts);
  expect(code).toBe(1);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(err).toContain('is not a folder');
});

test('a PostgreSQL that does not start shows its last words', { timeout: 180_000 }, async () => {
  const first = await fly();
  await first.end('SIGTERM');
  await writeFile(join(home, 'postgres', 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
  const { code, err } = await spawnPombo(['start', '--data', home], anyPorts);
  expect(code).toBe(1);
  expect(err).toContain('PostgreSQL does not start');
  expect(err).toContain('no_such_setting');
  expect(err).not.toMatch(/\n\s+at /);
});
