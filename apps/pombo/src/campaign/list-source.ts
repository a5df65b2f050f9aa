import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { Refusal } from '../refusal.ts';
import type { Terminal } from '../terminal.ts';

export interface ListOptions {
  format?: ListFormat;
  gzip?: true;
  uploadId?: string;
}

export type ListFormat = 'csv' | 'ndjson';

/** A list of recipients that is about to be sent. */
export interface ListSource {
  /** For people. */
  name: string;
  format: ListFormat;
  gzip: boolean;
  uploadId: string;
  bytes: number | null;
  open: () => Readable;
  /** Whether the same list can be read once more from its beginning. */
  canBeginAgain: () => Promise<boolean>;
}

/** Throws a Refusal when the file cannot be read, or nobody says what is in it. */
export async function findList(file: string, options: ListOptions, terminal: Terminal): Promise<ListSource> {
  if (file === '-') return standardInput(options, terminal);
  const found = await look(file);
  const byName = formatByName(file);
  const format = options.format ?? byName.format;
  if (format === null)
    throw new Refusal(`The name of ${file} does not say what is in it: say --format csv or --format ndjson.`);
  return {
    name: basename(file),
    format,
    gzip: options.gzip ?? byName.gzip,
    // What is no file, as a pipe between programs, has neither a size nor a time that would tell one from another.
    uploadId: options.uploadId ?? (found.isFile ? uploadIdOf(file, found) : randomUUID()),
    bytes: found.isFile ? found.size : null,
    open: () => createReadStream(file, { highWaterMark: 256 * 1024 }),
    canBeginAgain: async () => found.isFile && uploadIdOf(file, await look(file)) === uploadIdOf(file, found),
  };
}

function standardInput(options: ListOptions, { stdin, err }: Terminal): ListSource {
  if (stdin.isTTY) err('Reading the list from the terminal. Ctrl-D ends it.');
  return {
    name: 'standard input',
    format: options.format ?? 'csv',
    gzip: options.gzip ?? false,
    uploadId: options.uploadId ?? randomUUID(),
    bytes: null,
    open: () => stdin,
    canBeginAgain: async () => false,
  };
}

export function formatByName(file: string): { format: ListFormat | null; gzip: boolean } {
  const name = file.toLowerCase();
  const gzip = name.endsWith('.gz');
  const bare = gzip ? name.slice(0, -'.gz'.length) : name;
  if (bare.endsWith('.csv')) return { format: 'csv', gzip };
  return { format: bare.endsWith('.ndjson') || bare.endsWith('.jsonl') ? 'ndjson' : null, gzip };
}

interface Found {
  isFile: boolean;
  size: number;
  changedAtMs: number;
  /** Its first bytes and its last ones; nothing of what is no file. */
  ends: Buffer;
}

/** The same file gets the same id, so that the same command once more goes on where the first one ended. */
export function uploadIdOf(file: string, { size, changedAtMs, ends }: Omit<Found, 'isFile'>): string {
  const mark = [basename(file), size, changedAtMs, ''].join('\0');
  return `file-${createHash('sha256').update(mark).update(ends).digest('hex').slice(0, 32)}`;
}

async function look(file: string): Promise<Found> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Refusal(`${file} is a folder.`);
    const isFile = found.isFile();
    return {
      isFile,
      size: found.size,
      changedAtMs: found.mtimeMs,
      ends: isFile ? await readEnds(file, found.size) : nothing,
    };
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(unreadable(file, error));
  }
}

const nothing = Buffer.alloc(0);
/** Of each end. Copies of one export often have the same name, size and time; to read a whole file would take long. */
const endBytes = 64 * 1024;

async function readEnds(file: string, size: number): Promise<Buffer> {
  const opened = await open(file);
  try {
    return Buffer.concat([await readFrom(opened, 0), await readFrom(opened, Math.max(0, size - endBytes))]);
  } finally {
    await opened.close();
  }
}

async function readFrom(opened: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await opened.read({ buffer: Buffer.alloc(endBytes), position });
  return buffer.subarray(0, bytesRead);
}

export function unreadable(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `There is no file ${file}.`;
  if (code === 'EACCES' || code === 'EPERM') return `You may not read ${file}.`;
  return `${file} cannot be read: ${message}`;
}
