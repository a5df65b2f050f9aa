import { expect, test } from 'vitest';
import { sharedMediaOf } from './shared-media.ts';

test.each([
  ['image', 'https://example.com/a.png', 'https://example.com/a.png'],
  ['video', 'https://example.com/{a}.mp4', 'https://example.com/{a}.mp4'],
  ['image', 'https://example.com/{{name}}.png', null],
  ['image', 'https://example.com/{{name', null],
  ['image', 'example.com/a.png', null],
  ['text', 'https://example.com/a.png', null],
] as const)('what everybody gets of %s %s: %s', (type, template, url) => {
  expect(sharedMediaOf({ type, template })).toBe(url);
});
