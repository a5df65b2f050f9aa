import { expect, test } from 'vitest';
import { messageIdOf } from './message-id.ts';

test('ids look like Meta’s, differ, and follow from seed and number', () => {
  const ids = Array.from({ length: 5000 }, (_, index) => messageIdOf(7, index + 1));
  expect(new Set(ids).size).toBe(5000);
  for (const id of ids) expect(id).toMatch(/^m_[A-Za-z0-9_-]{86}$/);
  expect(messageIdOf(7, 1)).toBe(ids[0]);
  expect(messageIdOf(8, 1)).not.toBe(ids[0]);
});
