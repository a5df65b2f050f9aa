import { expect, test } from 'vitest';
import { isFromHere } from './from-here.ts';

const host = 'console.example:8081';

test.each([
  ['same-origin', undefined, true],
  ['same-origin', 'https://console.example:8081', true],
  ['same-site', 'https://console.example:8081', false],
  ['cross-site', undefined, false],
  ['none', undefined, false],
  [undefined, 'http://console.example:8081', true],
  [undefined, 'http://console.example', false],
  [undefined, 'http://evil.example', false],
  [undefined, 'http://console.example:8081.evil.example', false],
  [undefined, 'null', false],
  [undefined, '', false],
  [undefined, undefined, false],
])('Sec-Fetch-Site %s and Origin %s: %s', (site, origin, expected) => {
  expect(isFromHere({ site, origin, host })).toBe(expected);
});
