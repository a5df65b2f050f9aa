import { expect, test } from 'vitest';
import { wayBack } from './way-back.ts';

test.each(['/', '/lines/7', '/messages?state=ERROR&from=2026-11-01T00%3A00'])('%s is one of our pages', (asked) => {
  expect(wayBack(asked)).toBe(asked);
});

test.each([
  '',
  'lines',
  '//evil.example',
  '/\\evil.example',
  'https://evil.example/',
  '/a\r\nset-cookie: x=1',
  '/\tx',
  `/${'a'.repeat(5_000)}`,
])('%j leads to the overview', (asked) => {
  expect(wayBack(asked)).toBe('/');
});
