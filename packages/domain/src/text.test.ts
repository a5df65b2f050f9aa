import { expect, it } from 'vitest';
import { cutAt, isLongerThan } from './text.ts';

it('counts code points, not halves of them', () => {
  expect(isLongerThan('🕊'.repeat(2000), 2000)).toBe(false);
  expect(isLongerThan('🕊'.repeat(2001), 2000)).toBe(true);
  expect(isLongerThan(`${'x'.repeat(1999)}🕊`, 2000)).toBe(false);
  expect(isLongerThan(`${'x'.repeat(2000)}🕊`, 2000)).toBe(true);
});

it('never cuts a character in two', () => {
  expect(cutAt('🕊🕊🕊', 2)).toBe('🕊🕊');
  expect(cutAt('a🕊b', 2)).toBe('a🕊');
  expect(cutAt('ab', 2)).toBe('ab');
});
