import { createWriteStream } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ResultState } from '@pombo/domain/campaign-state.ts';
import { type Answer, done, refused, told } from '../answer.ts';
import { type Api, objection, openAnswer, unreachable, whyOf } from '../api.ts';
import { Refusal } from '../refusal.ts';
import type { Terminal } from '../terminal.ts';
import type { ListFormat } from './list-source.ts';

export interface ExportOptions {
  format?: ListFormat;
  state?: ResultState;
  output?: string;
}

/** Results as they come, to standard output or into a file. For programs lines of JSON, unless asked otherwise. */
export async function exportResults(
  api: Api,
  campaignId: string,
  options: ExportOptions,
  terminal: Terminal,
  inJson: boolean,
): Promise<Answer> {
  const format = options.format ?? (inJson ? 'ndjson' : 'csv');
  const query = new URLSearchParams({ format, ...(options.state && { state: options.state }) });
  const interrupted = new AbortController();
  const path = `/v1/campaigns/${campaignId}/results?${query}`;
  const results = await openResults(api, path, interrupted.signal);
  const { output } = options;
  if (output === undefined) return toStandardOutput(results, terminal.stdout);
  // The half of a file is taken away before the process ends.
  terminal.onInterrupt(() => interrupted.abort());
  return (await isReplaceable(output)) ? intoFile(results, output) : onto(results, output);
}

async function openResults(api: Api, path: string, signal: AbortSignal): Promise<Readable> {
  const opened = await openAnswer(api, path, { signal });
  if (opened.kind === 'unreachable') throw new Refusal(unreachable(api, opened.why));
  const { status, body } = opened;
  if (status !== 200) throw new Refusal(objection({ kind: 'answered', status, body: await text(body) }));
  return body;
}

async function toStandardOutput(results: Readable, stdout: Writable): Promise<Answer> {
  try {
    await pipeline(results, stdout, { end: false });
    return told;
  } catch (error) {
    const sentence = `The results broke off (${whyOf(error)}): what was written is not all of them.`;
    return { kind: 'broke_off', sentence };
  }
}

/** A device, a pipe or a link is meant as it is: another file must not take its place. */
async function isReplaceable(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => null);
  return found === null || found.isFile();
}

/** Whole or not at all: half a file never has the name that was asked for. */
async function intoFile(results: Readable, file: string): Promise<Answer> {
  const draft = `${file}.part-${process.pid}`;
  const opened = await open(draft, 'wx').catch((error: unknown) => notWritten(file, error));
  if ('kind' in opened) {
    results.destroy();
    return opened;
  }
  try {
    const written = opened.createWriteStream({ flush: true });
    await pipeline(results, written);
    await rename(draft, file);
    return inFile(file, written.bytesWritten);
  } catch (error) {
    await rm(draft, { force: true });
    return notWritten(file, error);
  }
}

async function onto(results: Readable, file: string): Promise<Answer> {
  try {
    const written = createWriteStream(file);
    await pipeline(results, written);
    return inFile(file, written.bytesWritten);
  } catch (error) {
    return refused(`${file} does not have all of the results: ${whyOf(error)}.`);
  }
}

function inFile(file: string, bytes: number): Answer {
  return done({ file, bytes }, `The results are in ${file}.`);
}

function notWritten(file: string, error: unknown): Answer {
  return refused(`${file} was not written: ${whyOf(error)}.`);
}
