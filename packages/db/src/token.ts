import { createHash, randomBytes } from 'node:crypto';

/** A new account token: 32 characters that need no escaping anywhere, about 190 bits of chance. */
export function newToken(): string {
  const token = randomBytes(24).toString('base64url');
  // A command line would take a leading dash for an option.
  return token.startsWith('-') ? newToken() : token;
}

/** What the database keeps of a token. A fast hash is enough: nobody can guess 190 bits. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** The token's name in logs and counters: its first 10 characters, or 5 where that would show half of it. */
export function tokenName(token: string): string {
  return token.slice(0, token.length < 20 ? 5 : 10);
}
