import { type Database, openDatabase } from '@pombo/db/database.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, type Console, formTokenIn, openConsole } from '../support/console-visitor.ts';
import { addOperator, testPassword } from '../support/operators.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';

let postgres: TestPostgres;
let database: Database;
let prisma: Prisma;
let console: Console;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.migratedDatabase();
  database = openDatabase({ url, poolSize: 5, name: 'test', onError: () => {} });
  prisma = openPrisma(database);
  console = openConsole(database, prisma);
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const lines = () =>
  console
    .logged()
    .split('\n')
    .filter(Boolean)
    .map((line): Record<string, unknown> => JSON.parse(line));
const linesOf = (requestId: unknown) => lines().filter((line) => line.requestId === requestId);

it('has one line for every request, which says who asked once that is known', async () => {
  await addOperator(prisma, 'ana');
  const cookie = await console.signIn('ana');
  const page = await console.get('/', { cookie, headers: { 'x-request-id': 'page-1' } });
  expect([page.statusCode, page.headers['x-request-id']]).toEqual([200, 'page-1']);
  expect(linesOf('page-1')).toEqual([
    expect.objectContaining({
      name: 'console',
      level: 30,
      method: 'GET',
      route: '/',
      status: 200,
      operator: 'ana',
      address: '192.0.2.1',
    }),
  ]);

  const stranger = await console.get('/');
  const [line] = linesOf(stranger.headers['x-request-id']);
  expect(line).toMatchObject({ status: 401, route: '/' });
  expect(line).not.toHaveProperty('operator');

  const forged = await console.post('/sign-out', { form: 'x' }, { cookie, headers: { origin: 'http://evil.example' } });
  expect(linesOf(forged.headers['x-request-id'])).toEqual([
    expect.objectContaining({ method: 'POST', route: '/sign-out', status: 403 }),
  ]);
  const nowhere = await console.get('/nothing/4455667788?dest=4455667788');
  expect(linesOf(nowhere.headers['x-request-id'])).toEqual([
    expect.objectContaining({ status: 404, route: 'unknown' }),
  ]);
});

it('makes no news of what browsers and balancers ask by themselves', async () => {
  const cookie = await console.signIn('ana');
  const shown = await console.get('/', { cookie });
  const asset = /\/assets\/[^"]+/.exec(shown.body)?.[0] ?? '';
  for (const [url, visit] of [
    [asset, {}],
    ['/?reload', { cookie }],
    ['/healthz', {}],
    ['/readyz', {}],
  ] as const) {
    const answer = await console.get(url, visit);
    expect([url, answer.statusCode]).toEqual([url, 200]);
    expect(linesOf(answer.headers['x-request-id'])).toEqual([expect.objectContaining({ level: 20 })]);
  }
  // A person who asks for the same address again is somebody.
  const person = await console.get('/?reload', { cookie, headers: { 'sec-fetch-user': '?1' } });
  expect(linesOf(person.headers['x-request-id'])).toEqual([expect.objectContaining({ level: 30 })]);
});

it('writes no password, no session, no ADMIN_TOKEN, no form token and nobody who was looked for', async () => {
  const cookie = await console.signIn('ana');
  await console.trySignIn('ana', 'a-wrong-password');
  await console.post('/first-operator', { token: adminToken, name: 'bia', password: testPassword });
  await console.get('/?dest=4455667788&mdata=planted-text', { cookie });
  const shown = await console.get('/', { cookie });
  const form = formTokenIn(shown);
  await console.post('/sign-out', { form }, { cookie });
  const session = cookie.split('=')[1] ?? '';
  for (const secret of [session, form, adminToken, testPassword, 'a-wrong-password', '4455667788', 'planted-text']) {
    expect(secret.length).toBeGreaterThan(8);
    expect(console.logged()).not.toContain(secret);
  }
  expect(console.logged()).toContain('"route":"/sign-out"');
});
