import { expect, test } from 'vitest';
import { faultOfOperatorName, faultOfOperatorPassword } from './new-operator.ts';

test.each(['ana', 'João', 'ana.souza@example.com', '7', 'x'.repeat(64)])('%s is a name', (name) => {
  expect(faultOfOperatorName(name)).toBeNull();
});

test.each(['', ' ', 'ana souza', '-ana', 'a\nb', '<b>', 'x'.repeat(65)])('%j is no name', (name) => {
  expect(faultOfOperatorName(name)).toMatch(/^A name is/);
});

test('a password is long enough, and no longer than anybody types', () => {
  expect(faultOfOperatorPassword('correio é pombo')).toBeNull();
  expect(faultOfOperatorPassword('eleven char')).toMatch(/fewer than 12/);
  expect(faultOfOperatorPassword('🕊'.repeat(11))).toMatch(/fewer than 12/);
  expect(faultOfOperatorPassword('x'.repeat(257))).toMatch(/more than 256/);
});
