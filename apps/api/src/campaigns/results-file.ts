import { type RecipientResult, readResults } from '@pombo/db/campaign-results.ts';
import type { Database } from '@pombo/db/database.ts';
import type { ResultState } from '@pombo/domain/campaign-state.ts';
import type { AtOnce } from '../at-once.ts';

export const resultFormats = ['csv', 'ndjson'] as const;

export type ResultFormat = (typeof resultFormats)[number];

export const mediaTypes = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
} as const satisfies Record<ResultFormat, string>;

interface Column {
  name: string;
  /** A number stands in NDJSON digit by digit, however long it is. */
  kind: 'text' | 'number';
  of: (result: RecipientResult) => string | number | null;
}

const columns: readonly Column[] = [
  { name: 'number', kind: 'number', of: ({ number }) => number },
  { name: 'psid', kind: 'text', of: ({ dest }) => dest },
  { name: 'state', kind: 'text', of: ({ state }) => state },
  { name: 'cdls_id', kind: 'number', of: ({ messageId }) => messageId },
  { name: 'message_id', kind: 'text', of: ({ metaMessageId }) => metaMessageId },
  { name: 'return_code', kind: 'number', of: ({ returnCode }) => returnCode },
  { name: 'reason', kind: 'text', of: ({ because }) => because },
  { name: 'attempts', kind: 'number', of: ({ attempts }) => attempts },
  { name: 'created_at', kind: 'text', of: ({ createdAt }) => createdAt?.toISOString() ?? null },
  { name: 'settled_at', kind: 'text', of: ({ settledAt }) => settledAt?.toISOString() ?? null },
];

const pageRows = 5000;

/**
 * The file, a page of results at a time: no page is read before the one before it was taken. Of a rare state most pages
 * have nobody.
 */
export async function* resultsFile(
  { database, atOnce }: { database: Database; atOnce: AtOnce },
  campaignId: string,
  format: ResultFormat,
  state: ResultState | null,
): AsyncGenerator<string> {
  let header = format === 'csv' ? csvLine(columns.map(({ name }) => name)) : '';
  const lineOf = format === 'csv' ? csvOf : ndjsonOf;
  for (let after: number | null = 0; after !== null; ) {
    const page: { after: number; limit: number; state: ResultState | null } = { after, limit: pageRows, state };
    const { results, throughNumber } = await atOnce.run(() => readResults(database, campaignId, page));
    yield header + results.map(lineOf).join('');
    header = '';
    after = throughNumber;
  }
}

function csvOf(result: RecipientResult): string {
  return csvLine(columns.map(({ of }) => String(of(result) ?? '')));
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A spreadsheet would carry out what begins like a formula. */
function csvCell(cell: string): string {
  const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function ndjsonOf(result: RecipientResult): string {
  const members = columns.map(({ name, kind, of }) => {
    const value = of(result);
    return `"${name}":${kind === 'number' && value !== null ? value : JSON.stringify(value)}`;
  });
  return `{${members.join(',')}}\n`;
}
