import { link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/**
 * Writes these texts into `folder/name.ndjson.gz`, readable by the owner alone, and resolves with its path when it is on the
 * disk. A file that is there is never written over: the next one is called `name.2.ndjson.gz`. Whatever breaks off leaves no
 * file of such a name.
 */
export async function writeArchive(folder: string, name: string, texts: AsyncIterable<string>): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${name}.part-${process.pid}`);
  await rm(draft, { force: true });
  try {
    const file = await open(draft, 'wx', 0o600);
    // Flushed to the disk before it is closed.
    await pipeline(Readable.from(texts), createGzip(), file.createWriteStream({ flush: true }));
    const path = await nameIt(draft, folder, name);
    await flushFolder(folder);
    return path;
  } finally {
    await rm(draft, { force: true });
  }
}

async function nameIt(draft: string, folder: string, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `${name}${number === 1 ? '' : `.${number}`}.ndjson.gz`);
    try {
      await link(draft, path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The name of a new file is on the disk when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const opened = await open(folder);
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
