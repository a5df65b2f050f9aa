import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabaseIfMissing } from '@pombo/db/create-database.ts';
import { Refusal, sentenceOf } from '../refusal.ts';
import { clearLeftover } from './leftover.ts';
import type { Place } from './place.ts';
import { serverSettings } from './server-settings.ts';

export interface Cluster {
  url: string;
  /** Where its data are. */
  folder: string;
  /** Resolves with a sentence if it ends without having been told to. */
  fallen: Promise<string>;
  stop(): Promise<void>;
  kill(): void;
}

const startupMs = 120_000;
const stopMs = 30_000;
const longestLogBytes = 20_000_000;

/** Starts the PostgreSQL of this place, making its data first if there are none. Throws a Refusal that says what failed. */
export async function startCluster(place: Place, password: string, port: number): Promise<Cluster> {
  const data = join(place.folder, 'data');
  if (await isMissing(join(data, 'PG_VERSION'))) await makeData(place, data, password);
  await checkVersion(place, data);
  await clearLeftover(data);
  const log = join(place.folder, 'postgres.log');
  const server = await launch(place, data, log, port);
  const login = `postgresql://pombo:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  const ended = new AbortController();
  try {
    const up = createDatabaseIfMissing(`${login}/postgres`, 'pombo', startupMs, ended.signal);
    await Promise.race([up, endedEarly(server)]);
  } catch (error) {
    ended.abort();
    server.kill('SIGQUIT');
    throw new Refusal(
      `PostgreSQL does not start: ${sentenceOf(error)}\nIts last words, from ${log}:\n${await lastLines(log)}`,
    );
  }
  return hold(server, `${login}/pombo`, place.folder, log);
}

function hold(server: ChildProcess, url: string, folder: string, log: string): Cluster {
  let told = false;
  const gone = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : Promise.resolve([]);
  return {
    url,
    folder,
    fallen: gone.then(() =>
      told ? new Promise<string>(() => {}) : `PostgreSQL has ended. Its last words are in ${log}.`,
    ),
    async stop() {
      told = true;
      // Fast shutdown: open transactions are rolled back, everything committed is written.
      server.kill('SIGINT');
      const hurry = setTimeout(() => server.kill('SIGQUIT'), stopMs);
      await gone;
      clearTimeout(hurry);
    },
    kill() {
      told = true;
      server.kill('SIGQUIT');
    },
  };
}

/** Under another name first: a start that is cut short leaves no half of a cluster behind. */
async function makeData(place: Place, data: string, password: string): Promise<void> {
  const draft = join(place.folder, 'data.new');
  const passwordFile = join(place.folder, 'password.new');
  await rm(draft, { recursive: true, force: true });
  await rm(data, { recursive: true, force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (place.user) await chown(passwordFile, place.user.uid, place.user.gid);
    const options = ['-U', 'pombo', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'];
    const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    await run(place, 'initdb', ['-D', draft, ...options, ...locale]);
    await rename(draft, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function run(place: Place, program: string, args: string[]): Promise<void> {
  const child = spawn(join(place.binaries, 'bin', program), args, {
    ...who(place),
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (said = `${said}${chunk}`.slice(-4000)));
  const [code] = await once(child, 'close');
  if (code === 0) return;
  // PostgreSQL says it in more than one way: a write that came out short does not name its reason.
  if (/No space left on device|Check free disk space/.test(said)) {
    throw new Refusal(
      `The disk is full: PostgreSQL's data could not be made in ${place.folder}. Make room and start again.`,
    );
  }
  throw new Refusal(`${program} failed in ${place.folder}:\n${said.trim().split('\n').slice(-6).join('\n')}`);
}

async function checkVersion(place: Place, data: string): Promise<void> {
  const made = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  const { version } = JSON.parse(await readFile(join(place.binaries, '..', 'package.json'), 'utf8').catch(() => '{}'));
  const ours = typeof version === 'string' ? version.split('.')[0] : made;
  if (made !== ours) {
    throw new Refusal(
      `The data in ${data} were made by PostgreSQL ${made}, and this is ${ours}. Dump them with the old version and restore them with the new one, or name another folder with --data.`,
    );
  }
}

async function launch(place: Place, data: string, log: string, port: number): Promise<ChildProcess> {
  if (((await stat(log).catch(() => null))?.size ?? 0) > longestLogBytes) await truncate(log);
  const output = await open(log, 'a', 0o600);
  try {
    const args = Object.entries({ port, ...serverSettings, log_line_prefix: '%m [%p] ' }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    return spawn(join(place.binaries, 'bin', 'postgres'), ['-D', data, ...args], {
      ...who(place),
      cwd: place.folder,
      stdio: ['ignore', output.fd, output.fd],
      // Ctrl-C in the terminal must not reach it: it is the last one to be stopped.
      detached: process.platform !== 'win32',
    });
  } finally {
    await output.close();
  }
}

async function endedEarly(server: ChildProcess): Promise<never> {
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  const { exitCode: code, signalCode: signal } = server;
  throw new Refusal(`it ended at once (${signal ?? `exit code ${code}`}).`);
}

async function lastLines(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text
    .trim()
    .split('\n')
    .slice(-5)
    .map((line) => `  ${line}`)
    .join('\n');
}

function who({ user }: Place): { uid?: number; gid?: number } {
  return user === null ? {} : { uid: user.uid, gid: user.gid };
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true;
      throw error;
    },
  );
}
