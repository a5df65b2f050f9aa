import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { readContentType } from '../parameters/content-type.ts';
import type { Problem } from '../problem.ts';

/** What the headers of an upload say. */
export interface UploadKind {
  format: 'csv' | 'ndjson';
  gzip: boolean;
  upload: string;
}

export type UploadKindReading = { kind: 'upload'; upload: UploadKind } | { kind: 'refused'; problem: Problem };

const formats: Readonly<Record<string, UploadKind['format']>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json-lines': 'ndjson',
};

/** What may be posted, for the header `Accept-Post`. */
export const acceptedFormats = Object.keys(formats).join(', ');

export const unsupportedType: Problem = {
  status: 415,
  title: 'Unsupported media type',
  detail: `send one of ${acceptedFormats}`,
};

const encodings: Readonly<Record<string, boolean>> = { identity: false, gzip: true, 'x-gzip': true };

export function readUploadKind({ headers }: FastifyRequest): UploadKindReading {
  const essence = readContentType(headers['content-type'])?.essence ?? '';
  const format = Object.hasOwn(formats, essence) ? formats[essence] : undefined;
  if (!format) return { kind: 'refused', problem: unsupportedType };
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const gzip = Object.hasOwn(encodings, encoding) ? encodings[encoding] : undefined;
  if (gzip === undefined) return refused(415, 'Unsupported content encoding', 'send it as it is, or as gzip');
  const upload = headers['upload-id'] ?? randomUUID();
  if (typeof upload !== 'string' || !isUploadId(upload))
    return refused(400, 'bad request', 'Upload-Id must be 1 to 64 letters, digits, _ . : -');
  return { kind: 'upload', upload: { format, gzip, upload } };
}

export function isUploadId(text: string): boolean {
  return /^[A-Za-z0-9_.:-]{1,64}$/.test(text);
}

function refused(status: number, title: string, detail: string): UploadKindReading {
  return { kind: 'refused', problem: { status, title, detail } };
}
