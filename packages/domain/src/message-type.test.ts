import { expect, it } from 'vitest';
import { messageTypeOf } from './message-type.ts';

it('knows the six words in any case, and no others', () => {
  const words = ['text', 'IMAGE', 'Audio', 'video', 'file', 'Document'];
  expect(words.map(messageTypeOf)).toEqual(['text', 'image', 'audio', 'video', 'file', 'file']);
  for (const word of ['', 'sticker', 'toString', '__proto__', 'texts']) expect(messageTypeOf(word)).toBeNull();
});
