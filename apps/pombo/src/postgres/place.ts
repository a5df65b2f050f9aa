import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { completeBinaries, findBinaries } from './binaries.ts';
import { chooseOrdinaryUser, type OrdinaryUser } from './ordinary-user.ts';

/** Where a PostgreSQL lives, and as whom it runs. */
export interface Place {
  /** Belongs to the user it runs as; holds `data` and `postgres.log`. */
  folder: string;
  /** With bin/, lib/ and share/. */
  binaries: string;
  user: OrdinaryUser | null;
}

const elsewhere = '/var/lib/pombo';

/**
 * In the data folder, when the user PostgreSQL runs as can reach that folder and the binaries. Else, which happens only
 * to root in a clone behind a closed door, below /var/lib/pombo, with a copy of the binaries.
 */
export async function choosePlace(home: string): Promise<Place> {
  const user = await chooseOrdinaryUser();
  const binaries = findBinaries();
  await completeBinaries(binaries);
  const near: Place = { folder: join(home, 'postgres'), binaries, user };
  await makeFolder(near);
  if (await works(near)) return near;
  if (user === null)
    throw new Refusal(`PostgreSQL cannot be started from ${binaries}: are files missing, or is it mounted "noexec"?`);
  return moveAway(home, near);
}

async function moveAway(home: string, near: Place): Promise<Place> {
  const base = join(elsewhere, createHash('sha256').update(home).digest('hex').slice(0, 12));
  const version = JSON.parse(await readFile(join(near.binaries, '..', 'package.json'), 'utf8')).version;
  const far: Place = {
    folder: join(base, 'postgres'),
    binaries: join(base, `binaries-${version}`, 'native'),
    user: near.user,
  };
  await mkdir(base, { recursive: true, mode: 0o755 });
  await cp(near.binaries, far.binaries, { recursive: true, verbatimSymlinks: true, force: true });
  await openToAll(far.binaries, base);
  await completeBinaries(far.binaries);
  await makeFolder(far);
  if (await works(far)) return far;
  throw new Refusal(
    `The user ${near.user?.name} cannot run PostgreSQL from ${near.binaries} nor from ${far.binaries}.`,
  );
}

async function makeFolder({ folder, user }: Place): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user === null) return refuseForeign(folder);
  await chown(folder, user.uid, user.gid);
}

/** A start by root leaves data that belongs to another user. */
async function refuseForeign(folder: string): Promise<void> {
  const { uid } = await stat(folder);
  if (process.getuid && uid !== process.getuid()) {
    throw new Refusal(
      `${folder} belongs to another user: this clone was started as root before. Start it as root again, or name another folder with --data.`,
    );
  }
}

/** Tries what matters: entering the folder by its path and running the server's binary, as that user. */
async function works({ folder, binaries, user }: Place): Promise<boolean> {
  const postgres = join(binaries, 'bin', 'postgres');
  // A folder given to spawn is entered before the user is changed, so it would prove nothing.
  const child =
    user === null
      ? spawn(postgres, ['--version'], { stdio: 'ignore' })
      : spawn('/bin/sh', ['-c', 'cd "$1" && exec "$2" --version', 'sh', folder, postgres], {
          uid: user.uid,
          gid: user.gid,
          cwd: '/',
          stdio: 'ignore',
        });
  try {
    const [code] = await once(child, 'exit');
    return code === 0;
  } catch {
    return false;
  }
}

async function openToAll(...folders: string[]): Promise<void> {
  for (const folder of [elsewhere, ...folders]) await chmod(folder, 0o755);
}
