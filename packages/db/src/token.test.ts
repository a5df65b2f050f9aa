import { expect, test } from 'vitest';
import { hashToken, newToken, tokenName } from './token.ts';

test('a new token has 32 characters that need no escaping, and is another each time', () => {
  const tokens = Array.from({ length: 500 }, newToken);
  expect(new Set(tokens).size).toBe(500);
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{31}$/);
});

test('the hash is SHA-256 of the text', () => {
  expect(hashToken('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('the name shows no more than half of the token', () => {
  expect(tokenName('a'.repeat(32))).toHaveLength(10);
  expect(tokenName('a'.repeat(20))).toHaveLength(10);
  expect(tokenName('a'.repeat(19))).toHaveLength(5);
});
