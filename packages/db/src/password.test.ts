import { expect, test } from 'vitest';
import { hashPassword, openPasswordDoor } from './password.ts';

test('the right password is right, any other wrong, and no user is wrong', async () => {
  const door = openPasswordDoor();
  const hash = await hashPassword('correio é pombo');
  expect(await door.check('correio é pombo', hash)).toBe('right');
  expect(await door.check('correio e pombo', hash)).toBe('wrong');
  expect(await door.check('correio é pombo', null)).toBe('wrong');
  expect(hash).toMatch(/^scrypt\$16384\$8\$1\$[\w-]+\$[\w-]+$/);
});

test('the same password hashes differently each time', async () => {
  expect(await hashPassword('same')).not.toBe(await hashPassword('same'));
});

test('a hash that is damaged lets nobody in', async () => {
  const door = openPasswordDoor();
  expect(await door.check('', '')).toBe('wrong');
  expect(await door.check('', 'scrypt$16384$8$1$$')).toBe('wrong');
});

test('two at once, twenty in line, and the next is told that the door is busy', async () => {
  const door = openPasswordDoor();
  const hash = await hashPassword('x');
  const answers = await Promise.all(Array.from({ length: 25 }, () => door.check('x', hash)));
  expect(answers.filter((answer) => answer === 'busy')).toHaveLength(3);
  expect(answers.filter((answer) => answer === 'right')).toHaveLength(22);
});
