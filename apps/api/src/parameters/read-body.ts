import { isUtf8 } from 'node:buffer';
import { isUtf8Charset, readContentType } from './content-type.ts';
import { broken, type FieldsReading, noFields } from './fields.ts';
import { readForm } from './form-body.ts';
import { readJson } from './json-body.ts';
import { readMultipart } from './multipart-body.ts';

export const maxBodyBytes = 64 * 1024;

interface ReceivedBody {
  contentType: string | undefined;
  contentEncoding: string | undefined;
  bytes: Buffer;
}

type BodyReader = (text: string, contentType: string, bytes: Buffer) => FieldsReading | Promise<FieldsReading>;

const readers: Readonly<Record<string, BodyReader>> = {
  'application/x-www-form-urlencoded': readForm,
  'application/json': readJson,
  'multipart/form-data': (_text, contentType, bytes) => readMultipart(contentType, bytes),
};

/** The fields of a body: a form unless the sender says otherwise, and UTF-8 in every case. An empty body has none. */
export function readBody({
  contentType,
  contentEncoding,
  bytes,
}: ReceivedBody): FieldsReading | Promise<FieldsReading> {
  if (bytes.length === 0) return noFields;
  const said = readContentType(contentType) ?? { essence: 'application/x-www-form-urlencoded', charset: null };
  const read = Object.hasOwn(readers, said.essence) ? readers[said.essence] : undefined;
  if (!read) return broken('a content type that is not understood');
  if (!isUtf8Charset(said.charset)) return broken('a charset other than UTF-8');
  if (contentEncoding !== undefined && contentEncoding !== 'identity') return broken('an encoded body');
  if (!isUtf8(bytes)) return broken('not UTF-8');
  if (bytes.includes(0)) return broken('U+0000');
  return read(withoutMark(bytes.toString('utf8')), contentType ?? '', bytes);
}

/** Some writers of UTF-8 begin with a byte order mark. */
export function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
