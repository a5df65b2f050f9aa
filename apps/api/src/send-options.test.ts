import { expect, it } from 'vitest';
import { readSendOptions, validityMs } from './send-options.ts';

const read = (fields: Record<string, string>, prefer?: string) =>
  readSendOptions(new Map(Object.entries(fields)), prefer, 12_000);

it.each([
  ['', 0],
  ['60', 60],
  ['60s', 60],
  [' 5', 5],
  ['601', 600],
  ['-1', 0],
  ['abc', 0],
  ['1e9', 1],
])('httpdup=%s is %i seconds', (httpdup, seconds) => {
  expect(read({ httpdup }).duplicateWindowSeconds).toBe(seconds);
});

it.each([
  [undefined, false, 12_000],
  ['wait=5', false, 5000],
  ['wait="5"', false, 5000],
  ['Wait = 5; x=y', false, 5000],
  ['wait=0', false, 0],
  ['wait=60', false, 12_000],
  ['wait=x', false, 12_000],
  ['respond-async', true, 12_000],
  ['handling=lenient, respond-async, wait=3', true, 3000],
  ['respond-asynchronously', false, 12_000],
])('Prefer: %s', (prefer, asynchronous, waitMs) => {
  expect(read({}, prefer)).toMatchObject({ asynchronous, waitMs });
});

it.each([
  ['1', true],
  ['true', true],
  ['True', true],
  ['0', false],
  ['yes', false],
  ['', false],
])('async=%s', (text, asynchronous) => {
  expect(read({ async: text }).asynchronous).toBe(asynchronous);
});

it('expires by what was asked, else by how it is sent', () => {
  expect(validityMs(read({}), 3600)).toBe(600_000);
  expect(validityMs(read({ async: '1' }), 3600)).toBe(3_600_000);
  expect(validityMs(read({ async: '1' }), 1_000_000)).toBe(86_400_000);
  expect(validityMs(read({ validity: '30' }), 3600)).toBe(30_000);
  expect(validityMs(read({ validity: '0', async: '1' }), 3600)).toBe(3_600_000);
});

it('knows two words for an unknown outcome, and leaves the rest to the line', () => {
  expect(read({ on_unknown: ' Resend ' }).onUnknown).toBe('resend');
  expect(read({ on_unknown: 'HOLD' }).onUnknown).toBe('hold');
  expect(read({ on_unknown: 'maybe' }).onUnknown).toBe(null);
  expect(read({}).onUnknown).toBe(null);
});
