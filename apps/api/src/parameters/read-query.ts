import { isUtf8 } from 'node:buffer';
import { broken, type FieldsReading, noFields } from './fields.ts';
import { readForm } from './form-body.ts';

/** The fields of a request target's query. Node hands its bytes over one per character. */
export function readQuery(target: string): FieldsReading {
  const at = target.indexOf('?');
  if (at < 0) return noFields;
  const query = target.slice(at + 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is meant
  if (/^[\x00-\x7f]*$/.test(query)) return readForm(query);
  const bytes = Buffer.from(query, 'latin1');
  return isUtf8(bytes) ? readForm(bytes.toString('utf8')) : broken('not UTF-8');
}
