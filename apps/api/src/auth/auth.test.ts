import { describe, expect, it } from 'vitest';
import { readCredentials } from './credentials.ts';
import { networksOf } from './networks.ts';
import { createTurns } from './turns.ts';

describe('credentials', () => {
  const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
    `Basic ${Buffer.from(text, encoding).toString('base64')}`;
  const read = (fields: Record<string, string>, header?: string) =>
    readCredentials(new Map(Object.entries(fields)), header);

  it.each([
    [{}, undefined, { kind: 'none' }],
    [{ tsid: 'a', sid: 'b' }, 'Bearer c', { kind: 'token', token: 'a' }],
    [{ tsid: '', sid: 'b' }, 'Bearer c', { kind: 'token', token: 'b' }],
    [{ tsid: '' }, 'bearer  c ', { kind: 'token', token: 'c' }],
    [{}, 'Bearer', { kind: 'none' }],
    [{}, 'Bearer ', { kind: 'none' }],
    [{}, 'Digest x', { kind: 'none' }],
    [{}, 'Basic', { kind: 'incomplete' }],
    [{}, 'Basic ****', { kind: 'incomplete' }],
    [{}, basic('u:p:q'), { kind: 'password', username: 'u', password: 'p:q' }],
    [{}, basic('ã:ç', 'latin1'), { kind: 'password', username: 'ã', password: 'ç' }],
    [{}, basic('ã:ç'), { kind: 'password', username: 'ã', password: 'ç' }],
    [{}, basic('u:\0'), { kind: 'broken' }],
  ] as const)('%o %s', (fields, header, expected) => {
    expect(read(fields, header)).toEqual(expected);
  });
});

it('holds addresses, networks and words', () => {
  const networks = networksOf([
    '192.0.2.0/24',
    '198.51.100.7',
    '2001:db8::/32',
    'uniquelocal',
    'nonsense',
    '1.2.3.4/99',
  ]);
  for (const inside of ['192.0.2.255', '198.51.100.7', '2001:db8:1::', '10.1.2.3', 'fd00::1'])
    expect(networks.has(inside)).toBe(true);
  for (const outside of ['192.0.3.0', '198.51.100.8', '2001:db9::', '1.2.3.4', '127.0.0.1'])
    expect(networks.has(outside)).toBe(false);
});

it('gives turns one at a time, in order, and no more than fit in line', async () => {
  const turns = createTurns(1);
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    await gate.promise;
    seen.push('first');
    throw new Error('broken');
  });
  const second = turns.take('a', async () => seen.push('second'));
  expect(await turns.take('a', async () => 'third')).toBeNull();
  expect(await turns.take('b', async () => 'elsewhere')).toBe('elsewhere');
  gate.resolve();
  await expect(first).rejects.toThrow('broken');
  await second;
  expect(seen).toEqual(['first', 'second']);
  expect(await turns.take('a', async () => 'again')).toBe('again');
});
