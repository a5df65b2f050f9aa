import { hash } from 'node:crypto';
import { parseMetadata } from '@pombo/graph/metadata.ts';
import type { Send } from './check-send.ts';
import { type LedgerFile, openLedgerFile } from './ledger-file.ts';
import { messageIdOf } from './message-id.ts';
import { type Milestone, openMilestone } from './milestone.ts';
import type { Page } from './pages.ts';

/** One accepted message. */
export interface LedgerEntry {
  /** Counts from 1. */
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  pageId: string;
  tokenHash: string;
  dest: string;
  mid: string;
  type: string;
  metadata: string | null;
  /** Media that was uploaded before came by this id. */
  attachmentId: string | null;
  /** First 16 hex digits of the SHA-256 of the text or the media's address. */
  textHash: string;
  /** Kept in memory only, and only while there are not too many different ones. */
  text: string | null;
}

export interface LedgerSummary {
  accepted: number;
  /** Different `cdls_id`s seen in metadata. */
  messages: number;
  /** Entries beyond the first of their `cdls_id`: what was sent twice. */
  byMetadataDuplicates: number;
  withoutMetadata: number;
  /** The first 100 ids that were accepted more than once. */
  duplicates: { cdls_id: string; accepted: number }[];
  byPage: Record<string, number>;
}

export interface Ledger {
  /** Writes the message down and gives it its id. */
  accept(page: Page, send: Send): string;
  readonly size: number;
  entry(seq: number): LedgerEntry | null;
  /** Entries after this sequence number, in order. */
  since(seq: number): Generator<LedgerEntry>;
  entries(): LedgerEntry[];
  summary(): LedgerSummary;
  clear(): void;
  /** Resolves when this many messages have been accepted. */
  whenAccepted(count: number): Promise<void>;
  close(): void;
}

export interface LedgerOptions {
  /** Appended to at every acceptance, before the answer, so that it survives the simulator's death. */
  file?: string;
  random: () => number;
  now: () => number;
}

/** Beyond so many different texts only their hashes are kept. */
const mostTexts = 20_000;
const mostListedDuplicates = 100;

/**
 * Every message Graph accepted, in order. Columns instead of objects and ids that follow from the sequence number:
 * a million entries stay within a few hundred megabytes.
 */
export function openLedger({ file, random, now }: LedgerOptions): Ledger {
  const accepted: Milestone = openMilestone();
  const columns = emptyColumns();
  const tally = openTally();
  const texts = openTexts();
  const fresh = Math.floor(random() * 2 ** 32);
  const stored: LedgerFile | null = file === undefined ? null : openLedgerFile(file, fresh);
  const seed = stored?.seed ?? fresh;

  const add = (entry: Omit<LedgerEntry, 'seq' | 'mid'>) => {
    for (const name of columnNames) (columns[name] as unknown[]).push(entry[name]);
    tally.add(entry.pageId, entry.metadata);
  };
  const entry = (seq: number): LedgerEntry | null => {
    if (seq < 1 || seq > columns.at.length) return null;
    const cells = columnNames.map((name) => [name, columns[name][seq - 1]]);
    return { seq, mid: messageIdOf(seed, seq), ...Object.fromEntries(cells) } as LedgerEntry;
  };
  for (const line of stored?.entries ?? []) add({ ...line, text: null });
  accepted.reach(columns.at.length);

  return {
    accept(page, send) {
      const { textHash, text } = texts.keep(send.content);
      const { dest, type, metadata, attachmentId } = send;
      const { pageId, tokenHash } = page;
      const written = { at: now(), pageId, tokenHash, dest, type, metadata, attachmentId, textHash };
      const seq = columns.at.length + 1;
      const mid = messageIdOf(seed, seq);
      stored?.append({ seq, mid, ...written });
      add({ ...written, text });
      accepted.reach(seq);
      return mid;
    },
    get size() {
      return columns.at.length;
    },
    entry,
    *since(seq) {
      for (let next = Math.max(0, seq) + 1; next <= columns.at.length; next++) yield entry(next) as LedgerEntry;
    },
    entries() {
      return [...this.since(0)];
    },
    summary: () => tally.summary(columns.at.length),
    clear() {
      for (const name of columnNames) columns[name].length = 0;
      tally.clear();
      texts.clear();
      stored?.clear();
      accepted.reach(0);
    },
    whenAccepted: (count) => accepted.when(count),
    close: () => stored?.close(),
  };
}

const columnNames = [
  'at',
  'pageId',
  'tokenHash',
  'dest',
  'type',
  'metadata',
  'attachmentId',
  'textHash',
  'text',
] as const;

type Columns = { [K in (typeof columnNames)[number]]: LedgerEntry[K][] };

function emptyColumns(): Columns {
  return {
    at: [],
    pageId: [],
    tokenHash: [],
    dest: [],
    type: [],
    metadata: [],
    attachmentId: [],
    textHash: [],
    text: [],
  };
}

/** A campaign says the same to everybody: each different text is kept and hashed once. */
function openTexts() {
  const known = new Map<string, { textHash: string; text: string }>();
  return {
    keep(text: string): { textHash: string; text: string | null } {
      const found = known.get(text);
      if (found !== undefined) return found;
      const textHash = hash('sha256', text, 'hex').slice(0, 16);
      if (known.size >= mostTexts) return { textHash, text: null };
      const kept = { textHash, text };
      known.set(text, kept);
      return kept;
    },
    clear: () => known.clear(),
  };
}

/** Counts as entries come, so that a summary costs nothing. Small ids are kept as numbers, which take no memory of their own. */
function openTally() {
  const seen = new Set<number | string>();
  const repeated = new Map<number | string, number>();
  const byPage = new Map<string, number>();
  let duplicates = 0;
  let withoutMetadata = 0;

  return {
    add(pageId: string, metadata: string | null) {
      byPage.set(pageId, (byPage.get(pageId) ?? 0) + 1);
      const id = metadata === null ? null : (parseMetadata(metadata)?.cdlsId ?? null);
      if (id === null) {
        withoutMetadata += 1;
        return;
      }
      const key = id.length < 10 && !id.startsWith('0') ? Number(id) : id;
      if (seen.has(key)) {
        duplicates += 1;
        repeated.set(key, (repeated.get(key) ?? 1) + 1);
      } else {
        seen.add(key);
      }
    },
    summary(accepted: number): LedgerSummary {
      const listed = [...repeated].slice(0, mostListedDuplicates);
      return {
        accepted,
        messages: seen.size,
        byMetadataDuplicates: duplicates,
        withoutMetadata,
        duplicates: listed.map(([id, count]) => ({ cdls_id: String(id), accepted: count })),
        byPage: Object.fromEntries(byPage),
      };
    },
    clear() {
      seen.clear();
      repeated.clear();
      byPage.clear();
      duplicates = 0;
      withoutMetadata = 0;
    },
  };
}
