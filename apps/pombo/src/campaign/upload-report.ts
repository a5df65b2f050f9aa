import { grouped } from './progress.ts';

/** What the API says of a list it was sent. */
export interface Upload {
  upload: string;
  complete: boolean;
  /** Rows of the list that are done with; after them the same list goes on. */
  rows: number;
  recipients: number;
  duplicates: number;
  bad: number;
  /** The first of the bad ones. */
  errors: { row: number; column: string | null; error: string }[];
}

const shownErrors = 10;

/** What became of a list, for the person who sent it. */
export function uploadText(name: string, { rows, recipients, duplicates, bad, errors }: Upload): string {
  const parts = [
    `${counted(rows, 'row')} read`,
    ...(duplicates > 0 ? [`${grouped(duplicates)} on the list already`] : []),
    ...(bad > 0 ? [`${grouped(bad)} bad`] : []),
  ];
  const told = `${counted(recipients, 'recipient')} added from ${name} (${parts.join(', ')}).`;
  return [told, ...badRows(bad, errors)].join('\n');
}

/** Where the API has the whole list from an earlier time. */
export function wasThereText(name: string, upload: Upload): string {
  const told = `Nothing was sent: all of ${name} is there since an earlier upload, ${upload.upload}. It said:`;
  return `${told}\n${uploadText(name, upload)}`;
}

/** The first bad rows, and how many there are beside them. */
export function badRows(bad: number, errors: Upload['errors']): string[] {
  const shown = errors.slice(0, shownErrors);
  const lines = shown.map(({ row, column, error }) => `  row ${row}${column ? `, column ${column}` : ''}: ${error}`);
  const more = bad - shown.length;
  return more > 0 && shown.length > 0 ? [...lines, `  and ${counted(more, 'more bad row')}`] : lines;
}

export function counted(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;
}
