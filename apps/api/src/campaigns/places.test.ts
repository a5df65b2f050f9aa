import { expect, it } from 'vitest';
import { createPlaces } from './places.ts';

function places(most: number) {
  const { take } = createPlaces({ most, full: 'full', share: 'share', retryAfterSeconds: 7, onTaken: () => {} });
  return (customerId: string) => {
    const taken = take(customerId);
    return taken.kind === 'place' ? taken : (taken.problem.detail ?? null);
  };
}

it('are for as many as there are, and for one account half of them', () => {
  const take = places(5);
  const ofOne = [take('1'), take('1'), take('1')];
  expect(take('1')).toBe('share');
  const ofOther = take('2');
  expect([take('2'), take('3')]).toEqual([expect.anything(), 'full']);
  for (const place of [...ofOne, ofOther]) if (typeof place === 'object') place?.leave();
  expect(take('3')).toMatchObject({ kind: 'place' });
});

it('are left once, however often that is said', () => {
  const take = places(2);
  const place = take('1');
  expect(take('1')).toBe('share');
  for (let times = 0; times < 3; times += 1) if (typeof place === 'object') place?.leave();
  expect([take('1'), take('1')]).toEqual([expect.anything(), 'share']);
});

it.each([
  [0, ['full']],
  [1, [expect.anything(), 'full']],
  [2, [expect.anything(), 'share']],
])('of %i one account has at least one, if there is one', (most, answers) => {
  const take = places(most);
  expect(answers.map(() => take('1'))).toEqual(answers);
});

it('tell how many are taken, from the first moment on', () => {
  const told: number[] = [];
  const { take } = createPlaces({ most: 4, full: '', share: '', retryAfterSeconds: 7, onTaken: (n) => told.push(n) });
  const [one, other] = [take('1'), take('2')];
  for (const place of [one, other, one]) if (place.kind === 'place') place.leave();
  expect(told).toEqual([0, 1, 2, 1, 0]);
});
