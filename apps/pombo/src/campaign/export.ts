import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RecipientState } from '@pombo/domain/campaign-state.ts';
import { type Answer, done, refused, told } from '../answer.ts';
import { type Api, objection, openAnswer, unreachable, whyOf } from '../api.ts';
import { Refusal } from '../refusal.ts';
import type { Terminal } from '../terminal.ts';
import type { ListFormat } from './list-source.ts';

export interface ExportOptions {
  format?: ListFormat;
  state?: RecipientState;
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
  if (options.output === undefined) return toStandardOutput(results, terminal.stdout);
  // The half of a file is taken away before the process ends.
  terminal.onInterrupt(() => interrupted.abort());
  return intoFile(results, options.output);
}

async function openResults(api: Api, path: string, signal: AbortSignal): Promise<Readable> {
  const opened = await openAnswer(api, path, { signal });
  if (opened.kind === 'unreachable') throw new Refusal(unreachable(api, opened.why));
  const { status, body, ok } = opened.response;
  if (!ok) throw new Refusal(objection({ kind: 'answered', status, body: await opened.response.text() }));
  return body === null ? Readable.from([]) : Readable.fromWeb(body);
}

async function toStandardOutput(results: Readable, stdout: Writable): Promise<Answer> {
  try {
    await pipeline(results, stdout, { end: false });
    return told;
  } catch (error) {
    return refused(`The results broke off (${whyOf(error)}): what was written is not all of them.`);
  }
}

/** Whole or not at all: half a file never has the name that was asked for. */
async function intoFile(results: Readable, file: string): Promise<Answer> {
  const draft = `${file}.part-${process.pid}`;
  try {
    await pipeline(results, createWriteStream(draft, { flags: 'wx', flush: true }));
    const { size } = await stat(draft);
    await rename(draft, file);
    return done({ file, bytes: size }, `The results are in ${file}.`);
  } catch (error) {
    await rm(draft, { force: true });
    return refused(`${file} was not written: ${whyOf(error)}.`);
  }
}
