import { expect, test } from 'vitest';
import { formatMetadata, parseMetadata } from './metadata.ts';

test('what is written is read back', () => {
  const metadata = { cdlsId: '9223372036854775807', attempt: 3 };
  expect(formatMetadata(metadata)).toBe('{"cdls_id":"9223372036854775807","attempt":3}');
  expect(parseMetadata(formatMetadata(metadata))).toEqual(metadata);
});

test.each([
  '',
  'hello',
  'null',
  '[]',
  '{}',
  '{"cdls_id":12,"attempt":1}',
  '{"cdls_id":"1x","attempt":1}',
  '{"cdls_id":"1"}',
])('metadata of others is not ours: %s', (text) => {
  expect(parseMetadata(text)).toBeNull();
});
