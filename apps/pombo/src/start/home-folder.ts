import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, type ProcessMark } from './process-mark.ts';

/** What `npm start` has made up once and keeps. */
export interface Keys {
  databasePassword: string;
  sealKey: string;
  adminToken: string;
  demoTsid: string;
  /** Where PostgreSQL listened last time; taken again when it is free. */
  postgresPort: number | null;
}

/** What a running `npm start` tells the command line about itself. */
export interface Running {
  starter: ProcessMark;
  databaseUrl: string;
  redisUrl: string | null;
  sealKeys: string[];
  apiUrl: string;
  graphBaseUrl: string;
  graphApiVersion: string;
  graphAppSecret: string | null;
  demoTsid: string;
}

/** Others may pass through, because PostgreSQL may run as another user; what is secret in here is a file of mode 0600. */
export async function makeHomeFolder(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o711 });
}

export async function readKeys(home: string): Promise<Partial<Keys>> {
  return (await readJson<Keys>(join(home, 'keys.json'))) ?? {};
}

export function writeKeys(home: string, keys: Keys): Promise<void> {
  return writeSecretJson(join(home, 'keys.json'), keys);
}

/** Null when no `npm start` is running here. What one left behind that was killed does not count. */
export async function readRunning(home: string): Promise<Running | null> {
  const running = await readJson<Running>(join(home, 'running.json'));
  return running?.starter && (await isAlive(running.starter)) ? (running as Running) : null;
}

export function writeRunning(home: string, running: Running): Promise<void> {
  return writeSecretJson(join(home, 'running.json'), running);
}

export function removeRunning(home: string): Promise<void> {
  return rm(join(home, 'running.json'), { force: true });
}

/** Null when there is no such file, or none that can be read as JSON. */
async function readJson<T>(path: string): Promise<Partial<T> | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whole or not at all: a full disk must not leave half a file where the keys were. */
async function writeSecretJson(path: string, content: object): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(draft, path);
}
