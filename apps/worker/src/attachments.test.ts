import type { OpenAttempt } from '@pombo/db/claim.ts';
import { expect, test, vi } from 'vitest';
import { openAttachments } from './attachments.ts';

const attempt: OpenAttempt = {
  messageId: '7',
  attempt: 1,
  tries: 0,
  lineId: '1',
  campaignId: '3',
  lane: 'bulk',
  dest: '2',
  type: 'image',
  data: 'https://example.com/a.png',
  sealedToken: 'sealed',
  sealedAppSecret: null,
  origin: null,
  traceparent: null,
  waitedMs: 0,
  intervalMs: 25,
};

function open(id: string | null) {
  const parts = {
    findAttachment: vi.fn(async (_campaignId: string): Promise<string | null> => id),
    hasMetGoneAsset: vi.fn(async (messageId: string) => messageId === 'met'),
    forgetAttachment: vi.fn(async () => true),
    logger: { info: vi.fn(), warn: vi.fn() } as never,
  };
  return { ...parts, attachments: openAttachments(parts) };
}

test('one question serves the many messages of a campaign', async () => {
  const { attachments, findAttachment } = open('17');
  const found = await Promise.all(Array.from({ length: 20 }, () => attachments.find(attempt)));
  expect(new Set(found)).toEqual(new Set(['17']));
  await attachments.find({ ...attempt, attempt: 2 });
  expect(findAttachment.mock.calls).toEqual([['3']]);
});

test('that there is none is known as well', async () => {
  const { attachments, findAttachment } = open(null);
  expect([await attachments.find(attempt), await attachments.find(attempt)]).toEqual([null, null]);
  expect(findAttachment).toHaveBeenCalledTimes(1);
});

test('nothing is asked for a text, or for a message without a campaign', async () => {
  const { attachments, findAttachment } = open('17');
  expect(await attachments.find({ ...attempt, type: 'text' })).toBeNull();
  expect(await attachments.find({ ...attempt, campaignId: null })).toBeNull();
  expect(findAttachment).not.toHaveBeenCalled();
});

test('a message that was refused for the sake of an id goes by its URL', async () => {
  const { attachments } = open('17');
  expect(await attachments.find({ ...attempt, messageId: 'met', attempt: 2 })).toBeNull();
  expect(await attachments.find({ ...attempt, attempt: 2 })).toBe('17');
});

test('what is forgotten is not believed any more, unless there is a newer one', async () => {
  const { attachments, forgetAttachment } = open('17');
  await attachments.find(attempt);
  await attachments.forget(attempt, '16');
  expect(await attachments.find(attempt)).toBe('17');
  await attachments.forget(attempt, '17');
  expect(await attachments.find(attempt)).toBeNull();
  await attachments.forget(attempt, null);
  expect(forgetAttachment.mock.calls).toEqual([
    ['3', '16'],
    ['3', '17'],
  ]);
});

test('a database that does not answer costs no message', async () => {
  const { attachments, findAttachment, forgetAttachment } = open('17');
  findAttachment.mockRejectedValue(new Error('gone'));
  forgetAttachment.mockRejectedValue(new Error('gone'));
  expect(await attachments.find(attempt)).toBeNull();
  await attachments.forget(attempt, '17');
});
