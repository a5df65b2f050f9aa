import { expect, test } from 'vitest';
import { createSessions, sessionMs } from './session.ts';

const now = 1_800_000_000_000;

test('a session is open until its time is over', () => {
  const sessions = createSessions('secret');
  const cookie = sessions.open(now);
  expect(sessions.isOpen(cookie, now)).toBe(true);
  expect(sessions.isOpen(cookie, now + sessionMs)).toBe(false);
});

test('a longer time cannot be written into a cookie, and another token ends it', () => {
  const cookie = createSessions('secret').open(now);
  const [, signature] = cookie.split('.');
  expect(createSessions('secret').isOpen(`${now * 2}.${signature}`, now)).toBe(false);
  expect(createSessions('other').isOpen(cookie, now)).toBe(false);
  expect(createSessions('secret').isOpen(undefined, now)).toBe(false);
  expect(createSessions('secret').isOpen('', now)).toBe(false);
});

test('only the token itself is the admin', () => {
  const sessions = createSessions('secret');
  expect(sessions.isAdmin('secret')).toBe(true);
  expect(sessions.isAdmin('secre')).toBe(false);
  expect(sessions.isAdmin('')).toBe(false);
});
