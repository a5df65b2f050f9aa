import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const secret = 'q7Zk2mW9xT4bV6nR8sJ1cF3hD5gL0pYa';

function loggedBy(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(createLogger({ name: 'test', level: 'info', stream: { write: (line) => void lines.push(line) } }));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
}

it('writes one JSON line with name and ISO time', () => {
  const line = loggedBy((logger) => logger.info({ messageId: '7' }, 'settled'));
  expect(line).toMatchObject({ name: 'test', level: 30, messageId: '7', msg: 'settled' });
  expect(new Date(String(line.time)).toISOString()).toBe(line.time);
});

it('keeps quiet below its level', () => {
  loggedBy((logger) => {
    logger.debug('not this');
    logger.info('this');
  });
});

it.each([
  ['at the top', { tsid: secret }],
  ['one step down', { line: { access_token: secret } }],
  ['in request headers', { req: { headers: { authorization: `Bearer ${secret}`, cookie: secret } } }],
  ['far down', { a: { b: { c: { d: { password: secret } } } } }],
  ['in a list', { calls: [{ mdata: secret }] }],
  ['as an object', { text: { body: secret } }],
  ['in a URL', { url: `/api/v2/MakeMessenger.php?sid=${secret}` }],
  ['in an error', { err: new Error(`connect postgresql://u:${secret}@h/d failed`) }],
  ['in the cause of an error', { err: new Error('x', { cause: new Error(`Bearer ${secret}`) }) }],
])('lets no secret out %s', (_where, entry) => {
  expect(JSON.stringify(loggedBy((logger) => logger.info(entry, 'line')))).not.toContain(secret);
});

it('lets no secret out in the message or in a child', () => {
  expect(loggedBy((logger) => logger.warn(`called with tsid=${secret}`)).msg).toBe('called with tsid=[removed]');
  const child = loggedBy((logger) => logger.child({ token: secret, line: 3 }).info('x'));
  expect(child).toMatchObject({ token: '[removed]', line: 3 });
});

it('writes for people when asked, if the tool for it is there', () => {
  expect(createLogger({ name: 'test', level: 'silent', pretty: true }).level).toBe('silent');
});
