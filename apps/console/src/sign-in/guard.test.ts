import type { Database } from '@pombo/db/database.ts';
import type { Role } from '@pombo/domain/authorise.ts';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { formToken } from './form-token.ts';
import { openGuard } from './guard.ts';

const sessionId = 'the-session';
const cookie = `pombo=${sessionId}`;
const form = /value="([^"]+)"/.exec(formToken(sessionId).html)?.[1] ?? '';

/** Two doors that need `operate`, and one session whose operator has this role. */
function guardedApp(role: Role) {
  const app = fastify();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  const database = { query: async () => [{ name: 'ana', role }] } as unknown as Database;
  const guard = openGuard(database, async (_request, reply) => reply.send('a stranger'));
  app.get(
    '/',
    guard.page('operate', async ({ name }) => `welcome, ${name}`),
  );
  app.post(
    '/',
    guard.form('operate', async ({ name }) => `done, ${name}`),
  );
  return app;
}

const post = (role: Role, body: string) =>
  guardedApp(role).inject({
    url: '/',
    method: 'POST',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });

test('lets in who has the right, tells who has not, and asks strangers to sign in', async () => {
  const look = (role: Role, headers: Record<string, string>) => guardedApp(role).inject({ url: '/', headers });
  expect((await look('operator', { cookie })).body).toBe('welcome, ana');
  expect((await look('admin', { cookie })).body).toBe('welcome, ana');
  const viewer = await look('viewer', { cookie });
  expect([viewer.statusCode, viewer.body.includes('As viewer you may not do this.')]).toEqual([403, true]);
  const stranger = await look('admin', {});
  expect([stranger.statusCode, stranger.body]).toEqual([401, 'a stranger']);
});

test('takes a form only from who has the right, and only one of this session', async () => {
  expect((await post('operator', `form=${form}`)).body).toBe('done, ana');
  expect((await post('operator', 'form=stolen')).statusCode).toBe(403);
  expect((await post('operator', '')).statusCode).toBe(403);
  expect((await post('viewer', `form=${form}`)).statusCode).toBe(403);
});
