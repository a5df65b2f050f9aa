import { hash } from 'node:crypto';
import type { SendRequest } from './send-request.ts';

export type KeyReading = { kind: 'none' } | { kind: 'invalid' } | { kind: 'key'; key: string };

/** Reads `Idempotency-Key`: 1 to 255 printable characters. */
export function readIdempotencyKey(header: string | string[] | undefined): KeyReading {
  if (header === undefined) return { kind: 'none' };
  const key = Array.isArray(header) ? header.join(', ') : header;
  return /^[\x20-\x7e]{1,255}$/.test(key) ? { kind: 'key', key } : { kind: 'invalid' };
}

/** The same for two requests that ask for the same: line, dest, type, data, caption and reference. */
export function fingerprintOf({ lineId, dest, type, data, caption, reference }: SendRequest): Buffer {
  return hash('sha256', JSON.stringify([lineId, dest, type, data, caption, reference]), 'buffer');
}

/** The same for two messages that say the same to the same person. The line is a key of its own. */
export function duplicateDigestOf({ dest, type, data }: SendRequest): Buffer {
  return hash('sha256', JSON.stringify([dest, type, data]), 'buffer');
}
