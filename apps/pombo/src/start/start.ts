import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { SettingsOf } from '@pombo/config/read-settings.ts';
import { newToken } from '@pombo/db/token.ts';
import { migrateAll } from '../migrate-all.ts';
import { type Cluster, startCluster } from '../postgres/cluster.ts';
import { choosePlace } from '../postgres/place.ts';
import { type Addresses, addressesOf, choosePorts, type Ports } from './addresses.ts';
import { type BannerFacts, banner } from './banner.ts';
import { type Child, keepRunning } from './child.ts';
import {
  type Keys,
  makeHomeFolder,
  type Running,
  readKeys,
  removeRunning,
  writeKeys,
  writeRunning,
} from './home-folder.ts';
import { lockHome } from './lock.ts';
import { anyPort } from './ports.ts';
import { markOf } from './process-mark.ts';
import { demoLine, type Seeded, seedDemo } from './seed.ts';
import { listenForSignals } from './signals.ts';

type Settings = SettingsOf<'start'>;
type Env = Record<string, string | undefined>;

export interface StartOptions {
  settings: Settings;
  /** Handed on to the processes, with what is decided here on top. */
  env: Env;
  /** The clone. */
  house: string;
  /** Where everything is kept that was not in the clone. */
  home: string;
  print: (line: string) => void;
}

/** Everything that runs. Stopped in order, or killed at once. */
interface Flight {
  children: Child[];
  cluster: Cluster | null;
  cleanups: (() => Promise<void>)[];
}

/**
 * Everything on one machine: PostgreSQL, migrations, the demo, and one process each for the simulator, API, worker and
 * console. Resolves with the exit code when it has been stopped. Throws a Refusal when it cannot start; what was
 * started by then is stopped again.
 */
export async function start(options: StartOptions): Promise<0 | 1> {
  const { settings, home, print } = options;
  const flight: Flight = { children: [], cluster: null, cleanups: [] };
  const told = listenForSignals(() => killAll(flight), print, options.env.npm_lifecycle_event !== undefined);
  try {
    const ground = await prepare(options, flight);
    if (told.signal.aborted) return await stopAll(flight, print);

    const addresses = addressesOf(settings, ground.ports);
    flight.children = launchAll(options, childEnv(options.env, settings, ground, addresses), addresses);
    await Promise.race([Promise.all(flight.children.map((child) => child.started)), told.promise]);
    if (told.signal.aborted) return await stopAll(flight, print);

    flight.cleanups.push(() => removeRunning(home));
    await writeRunning(home, await runningOf(settings, ground, addresses));
    print(banner(bannerOf(settings, ground, addresses, flight.cluster?.folder ?? home)));
    const fallen = await Promise.race([told.promise, flight.cluster?.fallen ?? new Promise<never>(() => {})]);
    if (typeof fallen === 'string') print(`pombo     | ${fallen} Everything stops.`);
    const code = await stopAll(flight, print);
    return typeof fallen === 'string' ? 1 : code;
  } catch (error) {
    await stopAll(flight, () => {});
    throw error;
  } finally {
    told.ignore();
  }
}

/** What the processes stand on, once it is there. */
interface Ground {
  keys: Keys;
  ports: Ports;
  databaseUrl: string;
  sealKeys: string[];
  seeded: Seeded;
}

async function prepare(options: StartOptions, flight: Flight): Promise<Ground> {
  const { settings, home } = options;
  await makeHomeFolder(home);
  flight.cleanups.push(await lockHome(home));
  const keys = await completeKeys(home, settings);
  const ports = await choosePorts(settings);
  const databaseUrl = settings.databaseUrl ?? (await startPostgres(options, keys, flight));
  await migrateAll(databaseUrl, settings.redisUrl);
  // The kept key still opens what it sealed, when another one is named later.
  const sealKeys = [...new Set([...(settings.sealKeys ?? []), keys.sealKey])];
  const seeded = await seedDemo(databaseUrl, sealKeys, keys.demoTsid);
  return { keys, ports, databaseUrl, sealKeys, seeded };
}

async function runningOf(settings: Settings, ground: Ground, addresses: Addresses): Promise<Running> {
  return {
    starter: await markOf(process.pid),
    databaseUrl: ground.databaseUrl,
    redisUrl: settings.redisUrl,
    sealKeys: ground.sealKeys,
    apiUrl: addresses.api,
    graphBaseUrl: addresses.graph,
    graphApiVersion: settings.graphApiVersion,
    graphAppSecret: settings.graphAppSecret,
    demoTsid: ground.keys.demoTsid,
  };
}

function bannerOf(settings: Settings, { keys, seeded }: Ground, addresses: Addresses, folder: string): BannerFacts {
  const adminToken = settings.adminToken ? 'the one you set' : keys.adminToken;
  return {
    ...addresses,
    adminToken: seeded.anyOperator ? null : adminToken,
    tsid: keys.demoTsid,
    line: demoLine,
    lineIsOurs: seeded.demo !== 'number_taken',
    queue: settings.redisUrl ? 'Redis' : 'PostgreSQL',
    data: settings.databaseUrl ? 'the PostgreSQL in DATABASE_URL' : folder,
  };
}

async function completeKeys(home: string, settings: Settings): Promise<Keys> {
  const kept = await readKeys(home);
  const keys: Keys = {
    databasePassword: kept.databasePassword ?? newToken(),
    sealKey: kept.sealKey ?? settings.sealKeys?.[0] ?? randomBytes(32).toString('base64'),
    adminToken: kept.adminToken ?? newToken(),
    demoTsid: kept.demoTsid ?? newToken(),
    postgresPort: kept.postgresPort ?? null,
  };
  await writeKeys(home, keys);
  return keys;
}

async function startPostgres({ home, print }: StartOptions, keys: Keys, flight: Flight): Promise<string> {
  const place = await choosePlace(home);
  const port = await anyPort('127.0.0.1', keys.postgresPort);
  if (port !== keys.postgresPort) await writeKeys(home, { ...keys, postgresPort: port });
  print(`pombo     | PostgreSQL starts in ${place.folder}${place.user ? ` as user ${place.user.name}` : ''}`);
  flight.cluster = await startCluster(place, keys.databasePassword, port);
  return flight.cluster.url;
}

function childEnv(env: Env, settings: Settings, { keys, ports, ...ground }: Ground, addresses: Addresses): Env {
  return {
    ...env,
    DATABASE_URL: ground.databaseUrl,
    SEAL_KEY: ground.sealKeys.join(','),
    ADMIN_TOKEN: settings.adminToken ?? keys.adminToken,
    GRAPH_BASE_URL: addresses.graph,
    API_PORT: String(ports.api),
    CONSOLE_PORT: String(ports.console),
    SIMULATOR_PORT: String(ports.simulator ?? ''),
  };
}

function launchAll({ house, print }: StartOptions, env: Env, { metrics }: Addresses): Child[] {
  // In this order they are stopped as well: first those who take work, last the one they talk to.
  return metrics.map(({ name, port, url }) => {
    const folder = name === 'simulator' ? 'graph-simulator' : name;
    const plan = {
      name,
      main: join(house, 'apps', folder, 'src', 'main.ts'),
      env: { ...env, METRICS_PORT: String(port) },
      ready: () => answers(`${url}/readyz`),
    };
    return keepRunning(plan, print);
  });
}

async function answers(address: string): Promise<boolean> {
  try {
    const { ok } = await fetch(address, { signal: AbortSignal.timeout(5_000) });
    return ok;
  } catch {
    return false;
  }
}

async function stopAll({ children, cluster, cleanups }: Flight, print: (line: string) => void): Promise<0> {
  for (const child of children) {
    print(`pombo     | The ${child.name} stops`);
    await child.stop();
  }
  if (cluster) print('pombo     | PostgreSQL stops');
  await cluster?.stop();
  for (const cleanup of cleanups.reverse()) await cleanup();
  print('pombo     | Everything has stopped.');
  return 0;
}

function killAll({ children, cluster }: Flight): never {
  for (const child of children) child.kill();
  cluster?.kill();
  process.exit(1);
}
