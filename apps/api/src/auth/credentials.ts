import { isUtf8 } from 'node:buffer';
import type { Fields } from '../parameters/fields.ts';

/** What the caller shows to be let in. */
export type Credentials =
  | { kind: 'none' }
  /** Basic without a user or without a password. */
  | { kind: 'incomplete' }
  /** U+0000 in it, which no credential has and PostgreSQL cannot be asked about. */
  | { kind: 'broken' }
  | { kind: 'token'; token: string }
  | { kind: 'password'; username: string; password: string };

/** Body and query beat the header; `tsid` beats `sid`. An empty parameter counts as not sent. */
export function readCredentials(fields: Fields, authorization: string | undefined): Credentials {
  const token = fields.get('tsid') || fields.get('sid');
  if (token) return { kind: 'token', token };
  const header = /^\s*(bearer|basic)(?:\s+(.*?))?\s*$/is.exec(authorization ?? '');
  const value = header?.[2] ?? '';
  if (header?.[1]?.toLowerCase() === 'basic') return readBasic(value);
  return value ? { kind: 'token', token: value } : { kind: 'none' };
}

function readBasic(encoded: string): Credentials {
  const bytes = Buffer.from(encoded, 'base64');
  // Clients from before RFC 7617 write Latin-1.
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  if (text.includes('\0')) return { kind: 'broken' };
  const colon = text.indexOf(':');
  const username = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? '' : text.slice(colon + 1);
  return username && password ? { kind: 'password', username, password } : { kind: 'incomplete' };
}
