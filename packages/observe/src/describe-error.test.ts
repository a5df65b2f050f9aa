import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { describeError, reasonOf } from './describe-error.ts';

it('keeps type, message, code and stack, and removes tokens from both', () => {
  const facts = describeError(
    Object.assign(new TypeError('GET /me?access_token=EAAB1234567890 failed'), { code: 'E1' }),
  );
  expect(facts).toMatchObject({ type: 'TypeError', message: 'GET /me?access_token=[removed] failed', code: 'E1' });
  expect(facts.stack).toContain('describe-error.test.ts');
  expect(facts.stack).not.toContain('EAAB');
});

it('drops what libraries hang on errors', () => {
  const error = Object.assign(new Error('insert failed'), {
    detail: 'Failing row contains (hello Maria)',
    parameters: ['x'],
  });
  expect(Object.keys(describeError(error)).sort()).toEqual(['message', 'stack', 'type']);
});

it('follows causes a few steps, also when they go round in a circle', () => {
  const first = new Error('first');
  first.cause = new Error('second', { cause: first });
  const printed = JSON.stringify(describeError(first));
  expect(printed.match(/"message":"first"/g)).toHaveLength(2);
  expect(printed.match(/"message":"second"/g)).toHaveLength(2);
});

it('never prints a thrown object that is no Error', () => {
  expect(describeError({ token: 'hush' }).message).toBe('a thrown object that is no Error');
  expect(describeError('plain words').message).toBe('plain words');
});

it('finds words for a refused connection, whose own message may be empty', async () => {
  const refused = await new Promise((resolve) => {
    connect({ host: 'localhost', port: 1, autoSelectFamily: true }).once('error', resolve);
  });
  expect(reasonOf(refused)).toContain('ECONNREFUSED');
  expect(reasonOf(new AggregateError([new Error('inside')], ''))).toBe('inside');
  expect(reasonOf(new AggregateError([], ''))).toBe('AggregateError');
});
