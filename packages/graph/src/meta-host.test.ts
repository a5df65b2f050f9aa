import { expect, test } from 'vitest';
import { isMetasOwnHost } from './meta-host.ts';

test.each([
  ['https://graph.facebook.com', true],
  ['https://GRAPH.facebook.com./v26.0', true],
  ['https://graph-video.facebook.com', true],
  ['http://127.0.0.1:8090', false],
  ['https://notfacebook.com', false],
  ['https://facebook.com.example.org', false],
])('%s: %s', (url, own) => {
  expect(isMetasOwnHost(url)).toBe(own);
});
