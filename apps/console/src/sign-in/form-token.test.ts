import { expect, test } from 'vitest';
import { formToken, isFormOf } from './form-token.ts';

const tokenFor = (sessionId: string) => /value="([^"]+)"/.exec(formToken(sessionId).html)?.[1] ?? '';

test('a form belongs to its session and to no other', () => {
  const form = new URLSearchParams({ form: tokenFor('one') });
  expect(isFormOf('one', form)).toBe(true);
  expect(isFormOf('other', form)).toBe(false);
  expect(isFormOf('one', new URLSearchParams())).toBe(false);
  expect(tokenFor('one')).not.toContain('one');
});
