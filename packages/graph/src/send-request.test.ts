import { expect, test } from 'vitest';
import { buildSendBody } from './send-request.ts';

const common = { dest: '5275811702471834', metadata: '{"cdls_id":"1","attempt":1}' };

test('a text', () => {
  expect(buildSendBody({ ...common, type: 'text', data: 'Olá 👋' })).toEqual({
    recipient: { id: '5275811702471834' },
    messaging_type: 'UPDATE',
    message: { text: 'Olá 👋', metadata: common.metadata },
  });
});

test.each(['image', 'audio', 'video', 'file'] as const)('media: %s', (type) => {
  const url = 'https://example.com/a.bin';
  expect(buildSendBody({ ...common, type, data: url }).message).toEqual({
    attachment: { type, payload: { url } },
    metadata: common.metadata,
  });
  expect(buildSendBody({ ...common, type, data: url, attachmentId: '17' }).message).toEqual({
    attachment: { type, payload: { attachment_id: '17' } },
    metadata: common.metadata,
  });
});
