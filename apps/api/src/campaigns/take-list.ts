import { type Added, addRecipients, endUpload, type Upload } from '@pombo/db/campaign-list.ts';
import type { Problem } from '../problem.ts';
import { type ListEnd, readRecipients } from '../recipients/read-recipients.ts';
import type { RecipientBatch } from '../recipients/recipient-batch.ts';
import { type Shown, whyNotWelcome } from '../still-welcome.ts';
import type { CampaignParts } from './campaign-parts.ts';
import type { BodyEnd, ReceivedBody } from './received-body.ts';
import type { UploadKind } from './upload-headers.ts';

/** How the taking of a list ended, and how many of its rows are committed for certain. */
export interface ListTaken {
  how: ListEnding;
  rows: number;
}

export type ListEnding =
  | { kind: 'complete' }
  /** It can be read no further: the place and the reason. */
  | { kind: 'broken'; because: string }
  | { kind: BodyEnd }
  | { kind: Exclude<Added['kind'], 'added'> }
  /** Its sender may not do this any more: what the door said. */
  | { kind: 'unwelcome'; problem: Problem }
  /** The database did not say what became of the last rows. */
  | { kind: 'uncertain'; error: Error };

type ListParts = Pick<CampaignParts, 'door' | 'database' | 'atOnce' | 'limits'>;

export interface List {
  campaignId: string;
  /** As it is before: its rows are read past. */
  begun: Upload;
  kind: UploadKind;
  body: ReceivedBody;
  /** Asked about again before each batch. */
  shown: Shown;
}

/** Blank, bad and double ones count: more than this nobody means, and a gzip of newlines would be hours of work. */
const rowsPerRecipient = 10;

/** A statement with so many rows is done in a moment, and a sender's line has not gone silent meanwhile. */
const batchRows = 5000;

/**
 * Reads the list and commits it batch by batch, the next being read while one is under way. One that is complete is not
 * read again.
 */
export async function takeList(parts: ListParts, list: List): Promise<ListTaken> {
  const { begun, kind, body } = list;
  if (begun.endedAt !== null) return { how: { kind: 'complete' }, rows: begun.rows };
  const maxRows = rowsPerRecipient * parts.limits.maxRecipients;
  const batches = readRecipients(body, { ...kind, skipRows: begun.rows, batchRows, maxRows });
  const readOn = () => {
    const reading = batches.next();
    // Whoever waits for it hears of it, but that may be later than it fails.
    reading.catch(() => {});
    return reading;
  };
  let committedRows = begun.rows;
  let next = readOn();
  try {
    for (;;) {
      const read = await next;
      if (read.done) return { how: await finish(parts, list, read.value, committedRows), rows: committedRows };
      next = readOn();
      const added = await commit(parts, list, committedRows, read.value);
      if (added.kind !== 'added') return { how: await leaveOff(parts, list, added), rows: committedRows };
      committedRows = read.value.throughRow;
    }
  } catch (error) {
    return { how: { kind: 'uncertain', error: asError(error) }, rows: committedRows };
  } finally {
    // Whatever is being read ahead is of no use any more.
    body.stop();
    await next.catch(() => {});
    await batches.return({ kind: 'complete', rows: 0 });
  }
}

type Committed = Added | Extract<ListEnding, { kind: 'unwelcome' }>;

async function commit(parts: ListParts, list: List, fromRow: number, batch: RecipientBatch): Promise<Committed> {
  const problem = await whyNotWelcome(parts.door, list.shown);
  if (problem) return { kind: 'unwelcome', problem };
  const rows = { fromRow, throughRow: batch.throughRow, recipients: batch.recipients, faults: batch.bad };
  return parts.atOnce.run(() =>
    addRecipients(parts.database, list.campaignId, list.kind.upload, rows, parts.limits.maxRecipients),
  );
}

/** What was not added says why in the upload as well. Where another request is at it, or it is closed, that is not ours. */
async function leaveOff<How extends Exclude<Committed, { kind: 'added' }>>(
  { database, limits }: ListParts,
  { campaignId, kind }: List,
  how: How,
): Promise<How> {
  const broken = {
    too_many: `a campaign has at most ${limits.maxRecipients} recipients`,
    unwelcome: 'its sender may not add to it any more',
    not_draft: null,
    elsewhere: null,
  }[how.kind];
  // The sender hears why in any case.
  if (broken !== null) await endUpload(database, campaignId, kind.upload, broken).catch(() => {});
  return how;
}

async function finish(parts: ListParts, list: List, end: ListEnd, committedRows: number): Promise<Read> {
  const taken = whatCame(list, end, committedRows);
  const broken = taken.kind === 'complete' ? null : 'because' in taken ? taken.because : words[taken.kind];
  await endUpload(parts.database, list.campaignId, list.kind.upload, broken);
  return taken;
}

type Read = Extract<ListEnding, { kind: 'complete' | 'broken' | BodyEnd }>;

function whatCame({ body }: List, end: ListEnd, committedRows: number): Read {
  const endedBy = body.endedBy();
  if (end.kind === 'broken') return endedBy ? { kind: endedBy } : { kind: 'broken', because: sentenceOf(end) };
  if (end.rows >= committedRows) return { kind: 'complete' };
  const because = `it has ${end.rows} rows, and ${committedRows} were committed before: it is another list`;
  return { kind: 'broken', because };
}

const words = {
  lost: 'the connection was lost',
  silent: 'the sender fell silent',
  stopped: 'this process is stopping',
} as const satisfies Record<BodyEnd, string>;

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function sentenceOf({ row, column, because }: Extract<ListEnd, { kind: 'broken' }>): string {
  const place = row === 0 ? 'the header' : `row ${row}`;
  return `${place}${column === null ? '' : `, column ${column}`}: ${because}`;
}
