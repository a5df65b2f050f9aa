import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openSeal, SealError } from './seal.ts';

const old = randomBytes(32);
const young = randomBytes(32);
const secret = 'EAAG-pão-🕊';

test('what is sealed can be opened, and looks different every time', () => {
  const seal = openSeal([young]);
  expect(seal.open(seal.seal(secret))).toBe(secret);
  expect(seal.seal(secret)).not.toBe(seal.seal(secret));
  expect(seal.seal(secret)).toMatch(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
});

test('a rotated key still opens, and the first key seals', () => {
  const before = openSeal([old]).seal(secret);
  const rotated = openSeal([young, old]);
  expect(rotated.open(before)).toBe(secret);
  expect(() => openSeal([old]).open(rotated.seal(secret))).toThrow(SealError);
});

test.each([
  ['another key', (sealed: string) => ({ keys: [old], sealed })],
  [
    'a changed byte',
    (sealed: string) => ({
      keys: [young],
      sealed: `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`,
    }),
  ],
  ['a cut text', (sealed: string) => ({ keys: [young], sealed: sealed.slice(0, 20) })],
  ['no seal at all', () => ({ keys: [young], sealed: secret })],
])('%s is refused without a word of the secret', (_name, change) => {
  const { keys, sealed } = change(openSeal([young]).seal(secret));
  const open = () => openSeal(keys).open(sealed);
  expect(open).toThrow(SealError);
  expect(open).not.toThrow(secret);
});

test('keys of another length are refused', () => {
  expect(() => openSeal([])).toThrow(SealError);
  expect(() => openSeal([randomBytes(16)])).toThrow(SealError);
});
