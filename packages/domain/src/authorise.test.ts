import { expect, test } from 'vitest';
import { authorise, type Right, roles } from './authorise.ts';

test('each role may do what the one before it may, and one thing more', () => {
  const every: Right[] = ['view', 'operate', 'administer'];
  const may = roles.map((role) => every.filter((right) => authorise(role, right)));
  expect(may).toEqual([['view'], ['view', 'operate'], ['view', 'operate', 'administer']]);
});
