import { expect, test } from 'vitest';
import { safeText } from './safe-text.ts';

test.each([
  ['token EAABsbCS1iHgBAKZC is bad', 'token [token] is bad'],
  ['GET /me?access_token=abc123&x=1', 'GET /me?access_token=[secret]&x=1'],
  ['{"appsecret_proof":"deadbeef"}', '{"appsecret_proof":"[secret]"}'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer [token]'],
  ['proof 0850dc75ed9d3f96602fe4c911c669afdf3112adca16997956be46711f5715a5', 'proof [hex]'],
  ['said: meet me at nine', 'said: [secret]'],
  ['one\r\n\ttwo\u0000three\u2028four', 'one two three four'],
])('%s', (text, safe) => {
  expect(safeText(text, ['meet me at nine', ''])).toBe(safe);
});

test('a very short word is not worth tearing the text apart', () => {
  expect(safeText('this is 4711', ['', 'is', '4711'])).toBe('this is [secret]');
});

test('never more than 1000 characters, and never half a character', () => {
  const cut = safeText(`${'z'.repeat(998)}😀😀`, []);
  expect(cut.length).toBeLessThanOrEqual(1000);
  expect(cut.isWellFormed()).toBe(true);
  expect(safeText('z'.repeat(1000), [])).toBe('z'.repeat(1000));
});
