import { expect, test } from 'vitest';
import { isOwnReload, ownReloadOf } from './own-reload.ts';

test('a page that loads itself is told from a person who does', () => {
  const query = Object.fromEntries(new URL(ownReloadOf('/'), 'http://console.example').searchParams);
  expect(isOwnReload(query, undefined)).toBe(true);
  expect(isOwnReload(query, '?1')).toBe(false);
  expect(isOwnReload({}, undefined)).toBe(false);
});

test('is its own reload, however often it reloads', () => {
  const address = ownReloadOf('/messages?state=ERROR');
  expect(ownReloadOf(address)).toBe(address);
  expect(ownReloadOf('/lines')).toBe('/lines?reload');
});
