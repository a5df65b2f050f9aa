import { isDestName, maxVariables, reportedName, whyNotName } from './recipient-checks.ts';

export interface CsvHeader {
  kind: 'header';
  names: string[];
  /** Which of them is the recipient. */
  destAt: number;
}

interface HeaderFault {
  kind: 'fault';
  column: string | null;
  because: string;
}

/** As some spreadsheets on a Mac still write them: to us the whole list is one line. */
export const endsInCr = 'the lines end in CR alone; end them in LF or CRLF';

/** Names hold none of these, so the one that is there most often is meant. */
export function separatorOf(headerLine: string): string {
  const count = (separator: string) => headerLine.split(separator).length;
  return [',', ';', '\t'].reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

export function readHeader(fields: string[]): CsvHeader | HeaderFault {
  const names = fields.map((field) => field.trim());
  if (names.some((name) => name.includes('\r'))) return fault(null, endsInCr);
  if (names.length > maxVariables + 1) return fault(null, `more than ${maxVariables} variables`);
  for (const [index, name] of names.entries()) {
    if (name === '') return fault(String(index + 1), 'has no name');
    const because = whyNotName(name);
    if (because !== null) return fault(reportedName(name), because);
    if (names.indexOf(name) < index) return fault(name, 'is there twice');
  }
  const [destAt, another] = names.flatMap((name, index) => (isDestName(name) ? [index] : []));
  if (destAt === undefined) return fault(null, 'the header has no column dest');
  if (another !== undefined) return fault(names[another] ?? null, 'is a second column for the recipient');
  return { kind: 'header', names, destAt };
}

function fault(column: string | null, because: string): HeaderFault {
  return { kind: 'fault', column, because };
}
