import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, done, refused } from '../answer.ts';
import { type Answered, type Api, ask, call, objection, passes, problemOf, unreachable } from '../api.ts';
import { Refusal } from '../refusal.ts';
import type { Terminal } from '../terminal.ts';
import { type ListSource, unreadable } from './list-source.ts';
import { ReadingLine } from './reading-line.ts';
import { badRows, type Upload, uploadText, wasThereText } from './upload-report.ts';

type Sent = { kind: 'complete'; upload: Upload } | Answered | { kind: 'lost'; why: string };

/** Before the tries after a lost connection. They begin anew whenever the list has come further. */
const usualWaitsMs = [1_000, 2_000, 4_000, 8_000];

/** Sends a list as it is read, and says what became of it. */
export async function addList(
  api: Api,
  campaignId: string,
  source: ListSource,
  terminal: Terminal,
  waitsMs: readonly number[] = usualWaitsMs,
): Promise<Answer> {
  // A wrong number or account is known before the list is read.
  await ask(api, `/v1/campaigns/${campaignId}`);
  const earlier = await findUpload(api, campaignId, source.uploadId);
  if (earlier?.complete) return done(earlier, `${wasThereText(source.name, earlier)}\n${nextStep(campaignId)}`);
  if (earlier !== null) terminal.err(goesOn(earlier));
  const sent = await sendPatiently(api, campaignId, source, terminal, waitsMs);
  if (sent.kind === 'complete') return added(campaignId, source, sent.upload);
  if (sent.kind === 'lost') return lost(api, source, sent.why);
  return sent.status < 400 ? added(campaignId, source, JSON.parse(sent.body)) : broken(sent);
}

async function sendPatiently(
  api: Api,
  campaignId: string,
  source: ListSource,
  terminal: Terminal,
  waitsMs: readonly number[],
): Promise<Sent> {
  let reached = 0;
  let wasLost = false;
  for (let tries = 0; ; tries += 1) {
    const sent = await sendOnce(api, campaignId, source, terminal);
    if (sent.kind === 'answered' && !isWorthATry(sent.status, wasLost)) return sent;
    const waitMs = waitsMs[tries];
    if (waitMs === undefined || !(await source.canBeginAgain())) return sent;
    wasLost = true;
    const why = sent.kind === 'lost' ? `The connection was lost (${sent.why}).` : `${objection(sent)}.`;
    terminal.err(`${why} Once more in ${waitMs / 1_000} s.`);
    await sleep(waitMs);
    const upload = await whatIsThere(api, campaignId, source.uploadId);
    if (upload?.complete) return { kind: 'complete', upload };
    terminal.err(goesOn(upload));
    if (upload !== null && upload.rows > reached) {
      reached = upload.rows;
      tries = -1;
    }
  }
}

async function sendOnce(api: Api, campaignId: string, source: ListSource, terminal: Terminal) {
  const list = source.open();
  const line = new ReadingLine(terminal, source);
  let fault: Error | null = null;
  list.once('error', (error) => {
    fault = error;
  });
  const answer = await call(api, `/v1/campaigns/${campaignId}/recipients`, {
    method: 'POST',
    headers: {
      'content-type': source.format === 'csv' ? 'text/csv' : 'application/x-ndjson',
      'upload-id': source.uploadId,
      ...(source.gzip ? { 'content-encoding': 'gzip' } : {}),
    },
    body: told(list, (bytes) => line.add(bytes)),
    // As long as it takes.
    signal: null,
  });
  line.clear();
  // An answer may come before the whole list was read, and the rest of it would keep us waiting.
  list.destroy();
  if (fault !== null) throw new Refusal(unreadable(source.name, fault));
  return answer.kind === 'unreachable' ? ({ kind: 'lost', why: answer.why } as const) : answer;
}

async function* told(list: Readable, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of list) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** After a lost connection the API may still believe in the request that is gone: then 409 passes as well. */
function isWorthATry(status: number, wasLost: boolean): boolean {
  return passes(status) || (wasLost && status === 409);
}

/** Null when the API has nothing of this list. */
async function findUpload(api: Api, campaignId: string, uploadId: string): Promise<Upload | null> {
  const answer = await call(api, `/v1/campaigns/${campaignId}/uploads/${encodeURIComponent(uploadId)}`);
  if (answer.kind === 'unreachable') throw new Refusal(unreachable(api, answer.why));
  if (answer.status === 404) return null;
  if (answer.status >= 400) throw new Refusal(objection(answer));
  return JSON.parse(answer.body);
}

/** The same where the API may be gone for the moment: the next try will show. */
async function whatIsThere(api: Api, campaignId: string, uploadId: string): Promise<Upload | null> {
  try {
    return await findUpload(api, campaignId, uploadId);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function goesOn(upload: Upload | null): string {
  return upload === null || upload.rows === 0
    ? 'The list begins at its first row.'
    : `The list goes on after row ${upload.rows}.`;
}

function added(campaignId: string, source: ListSource, upload: Upload): Answer {
  return done(upload, `${uploadText(source.name, upload)}\n${nextStep(campaignId)}`);
}

function nextStep(campaignId: string): string {
  return `Next: npx pombo campaign dry-run ${campaignId}, and then campaign start ${campaignId} --watch`;
}

function broken(answer: Answered): Answer {
  const { upload, rows, recipients, duplicates, bad, errors } = problemOf(answer.body) as Partial<Upload>;
  if (upload === undefined || rows === undefined) return refused(objection(answer));
  const kept = `Its first ${rows} rows are done with: they are passed over when the list comes again.`;
  return refused([objection(answer), ...badRows(bad ?? 0, errors ?? []), kept].join('\n'), {
    upload,
    rows,
    recipients,
    duplicates,
    bad,
    errors,
  });
}

async function lost(api: Api, source: ListSource, why: string): Promise<Answer> {
  const again = (await source.canBeginAgain())
    ? 'The same command goes on where it ended.'
    : `Give the same list once more with --upload-id ${source.uploadId}, and it goes on where it ended.`;
  return refused(`The connection to the API at ${api.url} was lost (${why}). ${again}`, { upload: source.uploadId });
}
