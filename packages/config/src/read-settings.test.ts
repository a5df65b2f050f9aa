import { expect, expectTypeOf, it } from 'vitest';
import { readSettings, type SettingsOf } from './read-settings.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const otherKey = Buffer.alloc(32, 8).toString('base64');
const databaseUrl = 'postgresql://pombo:hush@127.0.0.1:5432/pombo';

function settingsFor<P extends Parameters<typeof readSettings>[1]>(env: Record<string, string>, process: P) {
  const reading = readSettings<P>(env, process);
  if (reading.kind === 'invalid') throw new Error(reading.sentences.join(' '));
  return reading.settings;
}

function faultsOf(env: Record<string, string>, process: Parameters<typeof readSettings>[1]): string[] {
  const reading = readSettings(env, process);
  return reading.kind === 'invalid' ? reading.sentences : [];
}

it('gives a process its own settings, with defaults, and no others', () => {
  const api = settingsFor({ DATABASE_URL: databaseUrl, SEAL_KEY: key, ADMIN_TOKEN: 'hush' }, 'api');
  expect(api).toEqual({
    databaseUrl,
    databasePoolSize: 10,
    redisUrl: null,
    redisSentinels: [],
    apiHost: '127.0.0.1',
    apiPort: 8080,
    trustProxy: [],
    apiMaxWaiting: 5000,
    syncWaitMs: 12_000,
    backlogHorizonHours: 24,
    campaignMaxRecipients: 5_000_000,
    sseMaxStreams: 200,
    metricsHost: '127.0.0.1',
    metricsPort: null,
    logLevel: 'info',
  });
});

it('types each process by the table', () => {
  expectTypeOf<SettingsOf<'worker'>['databaseUrl']>().toEqualTypeOf<string>();
  expectTypeOf<SettingsOf<'start'>['databaseUrl']>().toEqualTypeOf<string | null>();
  expectTypeOf<SettingsOf<'start'>['graphBaseUrl']>().toEqualTypeOf<string | null>();
  expectTypeOf<SettingsOf<'worker'>['workerConcurrency']>().toEqualTypeOf<number>();
  expectTypeOf<SettingsOf<'worker'>['sealKeys']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<SettingsOf<'api'>['metricsPort']>().toEqualTypeOf<number | null>();
  expectTypeOf<SettingsOf<'simulator'>>().not.toHaveProperty('databaseUrl');
});

it('takes an empty or blank value for unset', () => {
  const worker = settingsFor({ DATABASE_URL: databaseUrl, SEAL_KEY: key, REDIS_URL: '', LOG_LEVEL: ' ' }, 'worker');
  expect(worker.redisUrl).toBeNull();
  expect(worker.logLevel).toBe('info');
  expect(faultsOf({ DATABASE_URL: '', SEAL_KEY: key }, 'worker')).toEqual([
    expect.stringMatching(/^DATABASE_URL is not/),
  ]);
});

it('names every fault at once, each in a sentence that begins with its variable', () => {
  const faults = faultsOf(
    { SEAL_KEY: 'short', WORKER_CONCURRENCY: '0', LOG_LEVEL: 'loud', REDIS_URL: 'host' },
    'worker',
  );
  expect(faults.map((sentence) => sentence.split(' ')[0])).toEqual([
    'DATABASE_URL',
    'REDIS_URL',
    'WORKER_CONCURRENCY',
    'SEAL_KEY',
    'LOG_LEVEL',
  ]);
});

it('never repeats a value', () => {
  const secret = 'correct-horse-battery';
  const faults = faultsOf(
    { DATABASE_URL: `mysql://u:${secret}@h/d`, REDIS_URL: secret, SEAL_KEY: `${key},${secret}`, METRICS_PORT: secret },
    'worker',
  );
  expect(faults).toHaveLength(4);
  expect(faults.join(' ')).not.toContain(secret);
  expect(faults.join(' ')).toContain('entry 2 is not');
});

it.each(['80a', '-1', '1.5', '65536', '1e3', '0x50', '99999999999999999999'])('refuses the port %s', (port) => {
  expect(faultsOf({ SIMULATOR_PORT: port }, 'simulator')).toEqual([
    'SIMULATOR_PORT must be a whole number from 0 to 65535.',
  ]);
});

it('accepts a rotation of seal keys and keeps its order', () => {
  const worker = settingsFor({ DATABASE_URL: databaseUrl, SEAL_KEY: `${key}, ${otherKey}` }, 'worker');
  expect(worker.sealKeys).toEqual([key, otherKey]);
});

it.each([
  ['31 bytes', Buffer.alloc(31).toString('base64')],
  ['33 bytes', Buffer.alloc(33).toString('base64')],
  ['hex', Buffer.alloc(32).toString('hex')],
  ['the URL alphabet', '_'.repeat(42).concat('8=')],
  ['a trailing comma', `${key},`],
])('refuses a seal key of %s', (_form, value) => {
  expect(faultsOf({ DATABASE_URL: databaseUrl, SEAL_KEY: value }, 'worker')).toEqual([
    expect.stringMatching(/^SEAL_KEY must be/),
  ]);
});

it('accepts addresses, networks and words as proxies, and nothing else', () => {
  const env = { DATABASE_URL: databaseUrl, TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8,192.0.2.7' };
  expect(settingsFor(env, 'api').trustProxy).toEqual(['loopback', '10.0.0.0/8', 'fd00::/8', '192.0.2.7']);
  for (const wrong of ['true', '10.0.0.0/33', 'proxy.local', '10.0.0.0/8/8']) {
    expect(faultsOf({ ...env, TRUST_PROXY: wrong }, 'api')).toHaveLength(1);
  }
});

it('accepts sentinels with their ports, and nothing else', () => {
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: 'redis://user:hush@MyMaster/0' };
  const REDIS_SENTINELS = 'redis-1:26379, 10.0.0.2:26380,[fd00::1]:26379';
  const api = settingsFor({ ...env, REDIS_SENTINELS }, 'api');
  expect(api.redisSentinels).toEqual(['redis-1:26379', '10.0.0.2:26380', '[fd00::1]:26379']);
  expect(api.redisUrl).toBe(env.REDIS_URL);
  const wrong = [
    'redis-1',
    'redis-1:',
    ':26379',
    'fd00::1',
    'redis-1:0',
    'redis-1:65536',
    'a:1,',
    'redis://a:26379',
    'u@a:1',
  ];
  for (const one of wrong) {
    expect(faultsOf({ ...env, REDIS_SENTINELS: one }, 'api')).toEqual([
      expect.stringMatching(/^REDIS_SENTINELS must be a comma-separated list of sentinels, each as host:port/),
    ]);
  }
});

it('refuses a setting without the one it needs', () => {
  expect(faultsOf({ DATABASE_URL: databaseUrl, REDIS_SENTINELS: 'a:26379', REDIS_URL: ' ' }, 'api')).toEqual([
    'REDIS_SENTINELS is set, and REDIS_URL, without which it means nothing, is not.',
  ]);
});

it.each(['meta', 'none', '0', '80'])('accepts %s as the latency of the simulator', (latency) => {
  expect(settingsFor({ SIMULATOR_LATENCY: latency }, 'simulator').simulatorLatency).toBe(latency);
});

it.each(['fast', '-1', '1.5', '1000000'])('refuses the latency %s', (latency) => {
  expect(faultsOf({ SIMULATOR_LATENCY: latency }, 'simulator')).toEqual([
    expect.stringMatching(/^SIMULATOR_LATENCY must be meta, none, or/),
  ]);
});

it('lets npm start and the command line fill in what is missing', () => {
  const start = settingsFor({}, 'start');
  expect([start.databaseUrl, start.graphBaseUrl, start.sealKeys, start.adminToken]).toEqual([null, null, null, null]);
  expect(settingsFor({}, 'operator').sealKeys).toBeNull();
  expect(faultsOf({}, 'migrate')).toHaveLength(1);
});
