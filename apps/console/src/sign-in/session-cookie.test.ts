import { expect, test } from 'vitest';
import { noSessionCookie, sessionCookie, sessionIdIn } from './session-cookie.ts';

test('behind TLS only a cookie that was set there counts', () => {
  expect(sessionCookie('abc', true, 60)).toBe('__Host-pombo=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure');
  expect(sessionCookie('abc', false, 60)).toBe('pombo=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60');
  expect(sessionIdIn('other=1; pombo=abc', false)).toBe('abc');
  expect(sessionIdIn('pombo=abc', true)).toBeNull();
  expect(sessionIdIn('pombo=planted; __Host-pombo=abc', true)).toBe('abc');
});

test('no cookie, or an empty one, is no session', () => {
  expect(sessionIdIn(undefined, false)).toBeNull();
  expect(sessionIdIn('pombo=', false)).toBeNull();
  expect(noSessionCookie(false)).toContain('pombo=; ');
  expect(noSessionCookie(false)).toContain('Max-Age=0');
});
