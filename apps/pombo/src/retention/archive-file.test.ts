import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeArchive } from './archive-file.ts';

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'pombo-archive-')), 'messages');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

async function* texts(...all: string[]) {
  yield* all;
}

it('writes what its owner alone may read', async () => {
  const path = await writeArchive(folder, 'messages-0-to-9', texts('{"a":1}\n', '{"b":"é"}\n'));
  expect(path).toBe(join(folder, 'messages-0-to-9.ndjson.gz'));
  expect(gunzipSync(await readFile(path)).toString()).toBe('{"a":1}\n{"b":"é"}\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

it('never writes over a file that is there', async () => {
  const first = await writeArchive(folder, 'messages', texts('1'));
  const second = await writeArchive(folder, 'messages', texts('2'));
  expect(second).toBe(join(folder, 'messages.2.ndjson.gz'));
  expect(gunzipSync(await readFile(first)).toString()).toBe('1');
});

it('leaves nothing of what breaks off', async () => {
  const breaking = (async function* () {
    yield 'half';
    throw new Error('the database is away');
  })();
  await expect(writeArchive(folder, 'messages', breaking)).rejects.toThrow('the database is away');
  expect(await readdir(folder)).toEqual([]);
});
