import type { CsvHeader } from './csv-header.ts';
import type { CsvRow } from './csv-row.ts';
import { whyNotDest, whyNotValue } from './recipient-checks.ts';
import type { BadRow, Recipient } from './row-reading.ts';

type Fault = Pick<BadRow, 'column' | 'because'>;

/** The recipient a row of fields names, or what is wrong with it. */
export function csvRecipient({ names, destAt }: CsvHeader, { fields, fault }: CsvRow): Omit<Recipient, 'row'> | Fault {
  if (fault) return { column: columnAt(names, fault.field), because: fault.because };
  if (fields.length !== names.length) {
    const columns = fields.length === 1 ? '1 column' : `${fields.length} columns`;
    return { column: null, because: `${columns} where the header has ${names.length}` };
  }
  let dest = '';
  let variables: Record<string, string> | null = null;
  for (const [index, name] of names.entries()) {
    const field = fields[index] ?? '';
    const text = index === destAt ? field.trim() : field;
    const because = index === destAt ? whyNotDest(text) : whyNotValue(text);
    if (because !== null) return { column: name, because };
    if (index === destAt) dest = text;
    // An empty cell says what no cell says.
    else if (text !== '') {
      variables ??= {};
      variables[name] = text;
    }
  }
  return { dest, variables };
}

/** A column by its name; by its number where the header has none. */
export function columnAt(names: string[], index: number): string {
  return names[index] ?? String(index + 1);
}
