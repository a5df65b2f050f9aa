import { expect, it } from 'vitest';
import { clientAddress, normalAddress } from './client-address.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['192.0.2.1:8080', '192.0.2.1'],
  ['[2001:DB8::0:1]:443', '2001:db8::1'],
  ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', null],
  ['1.2.3', null],
  ['', null],
])('the address %s is %s', (said, expected) => {
  expect(normalAddress(said)).toBe(expected);
});

it('takes the first word about a client that is an address', () => {
  expect(clientAddress('unknown', '::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(clientAddress('198.51.100.7', '127.0.0.1')).toBe('198.51.100.7');
  expect(clientAddress('', undefined)).toBe('0.0.0.0');
});
