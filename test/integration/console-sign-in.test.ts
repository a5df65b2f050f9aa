import { listAudit } from '@pombo/db/audit.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { endSessions } from '@pombo/db/operator-sessions.ts';
import {
  disableOperator,
  enableOperator,
  listOperators,
  setOperatorPassword,
  setOperatorRole,
} from '@pombo/db/operators.ts';
import { hashPassword } from '@pombo/db/password.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { hashToken } from '@pombo/db/token.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  adminToken,
  type Console,
  consoleHost,
  cookieOf,
  formTokenIn,
  openConsole,
} from '../support/console-visitor.ts';
import { addOperator, testPassword } from '../support/operators.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { testActor } from '../support/test-actor.ts';

const by = testActor;
let postgres: TestPostgres;
let database: Database;
let prisma: Prisma;
let one: Console;
let other: Console;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.migratedDatabase();
  database = openDatabase({ url, poolSize: 20, name: 'test', onError: () => {} });
  prisma = openPrisma(database);
  [one, other] = [openConsole(database, prisma), openConsole(database, prisma)];
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});
beforeEach(() => database.query('TRUNCATE operator, operator_session, audit, login_trial'));

const deeds = async () => (await listAudit(prisma, 50)).toReversed().map((entry) => `${entry.who}: ${entry.action}`);
const isIn = async (app: Console, cookie: string) => (await app.get('/', { cookie })).statusCode === 200;
const times = async <T>(count: number, work: (index: number) => Promise<T>) => {
  const seen: T[] = [];
  for (let index = 0; index < count; index += 1) seen.push(await work(index));
  return seen;
};

describe('the first operator', () => {
  const ana = { token: adminToken, name: 'ana', password: testPassword };

  it('is made by whoever has the ADMIN_TOKEN, once, and is signed in', async () => {
    expect((await one.get('/')).body).toContain('There is no operator yet');
    const wrong = await one.post('/first-operator', { ...ana, token: 'wrong' });
    expect([wrong.statusCode, wrong.body.includes('That is not the ADMIN_TOKEN')]).toEqual([401, true]);
    const weak = await one.post('/first-operator', { ...ana, password: 'short' });
    expect([weak.statusCode, weak.body.includes('fewer than 12')]).toEqual([400, true]);
    expect(await listOperators(prisma)).toEqual([]);

    const made = await one.post('/first-operator', ana);
    expect(made.statusCode).toBe(303);
    expect((await one.get('/', { cookie: cookieOf(made) })).body).toContain('Latest messages');
    expect(await listOperators(prisma)).toMatchObject([{ name: 'ana', role: 'admin', disabledAt: null }]);

    expect((await other.get('/')).body).toContain('Sign in');
    const again = await other.post('/first-operator', { ...ana, name: 'bia' });
    expect([again.statusCode, again.headers['set-cookie']]).toEqual([303, undefined]);
    expect(await listOperators(prisma)).toHaveLength(1);
    expect(await deeds()).toEqual(['nobody: failed ADMIN_TOKEN', 'ana: create operator', 'ana: sign in']);
  });

  it('is one, however many ask at once', async () => {
    const asks = Array.from({ length: 3 }, (_, index) =>
      (index % 2 ? one : other).post('/first-operator', { ...ana, name: `ana${index}` }),
    );
    const answers = await Promise.all(asks);
    expect(answers.filter((answer) => answer.headers['set-cookie'])).toHaveLength(1);
    expect(await listOperators(prisma)).toHaveLength(1);
  });

  it('makes guessing the ADMIN_TOKEN slow', async () => {
    const codes = await times(4, (index) =>
      one.post('/first-operator', { ...ana, token: `guess ${index}` }, { from: `192.0.2.${index}` }),
    );
    expect(codes.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 429]);
    expect((await other.post('/first-operator', ana)).statusCode).toBe(429);
  });
});

describe('signing in', () => {
  it('says the same of a wrong password, an unknown name and a disabled operator', async () => {
    await addOperator(prisma, 'ana');
    await addOperator(prisma, 'bia');
    await disableOperator(prisma, by, 'bia', new Date());
    const said = await Promise.all([
      one.trySignIn('ana', 'wrong'),
      one.trySignIn('nobody', 'wrong'),
      one.trySignIn('bia', testPassword),
      one.trySignIn('\0', 'wrong'),
      one.trySignIn('', ''),
    ]);
    expect(said.map(({ statusCode }) => statusCode)).toEqual(Array(5).fill(401));
    expect(new Set(said.map(({ body }) => body)).size).toBe(1);
    expect(said[0]?.headers['set-cookie']).toBeUndefined();
    await enableOperator(prisma, by, 'bia');
    expect((await one.trySignIn('bia')).statusCode).toBe(303);
  });

  it('leads to the page that was asked for, and to no other host', async () => {
    await addOperator(prisma, 'rui');
    const asked = '/messages?state=ERROR&line=7';
    const page = (await one.get(asked)).body;
    expect(page).toContain('name="to" value="/messages?state=ERROR&amp;line=7"');
    const signIn = (to: string, password = testPassword) => one.post('/sign-in', { name: 'rui', password, to });
    expect((await signIn(asked, 'wrong')).body).toContain('value="/messages?state=ERROR&amp;line=7"');
    expect((await signIn(asked)).headers.location).toBe(asked);
    expect((await signIn('//evil.example/')).headers.location).toBe('/');
  });

  it('leaves neither password nor session id in the database', async () => {
    await addOperator(prisma, 'ana');
    await one.trySignIn('wrong password in the name', 'hunter2hunter2');
    const cookie = await one.signIn('ana');
    const sessionId = cookie.split('=')[1] ?? '';
    const tables = ['operator', 'operator_session', 'audit', 'login_trial'];
    const rows = await Promise.all(tables.map((table) => database.query(`SELECT * FROM ${table}`)));
    const kept = JSON.stringify(rows);
    for (const secret of [sessionId, testPassword, 'hunter2', 'wrong password']) expect(kept).not.toContain(secret);
    expect(sessionId).toMatch(/^[\w-]{32}$/);
    const [session] = await database.query<{ hash: Buffer; address: string }>(
      'SELECT session_hash AS hash, address FROM operator_session',
    );
    expect(session).toEqual({ hash: hashToken(sessionId), address: '192.0.2.1' });
    expect(await deeds()).toEqual(['test: create operator', 'nobody: failed sign-in', 'ana: sign in']);
  });

  it('gives a cookie that fits how the browser came', async () => {
    await addOperator(prisma, 'ana');
    const plain = await one.trySignIn('ana');
    expect(plain.headers['set-cookie']).toMatch(/^pombo=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/);
    expect(plain.headers['strict-transport-security']).toBeUndefined();
    const tls = { headers: { 'x-forwarded-proto': 'https', origin: `https://${consoleHost}` } };
    const sealed = await one.trySignIn('ana', testPassword, tls);
    expect(sealed.headers['set-cookie']).toMatch(
      /^__Host-pombo=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure$/,
    );
    expect(sealed.headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
    expect((await one.get('/', { ...tls, cookie: cookieOf(plain) })).statusCode).toBe(401);
    expect((await one.get('/', { ...tls, cookie: cookieOf(sealed) })).statusCode).toBe(200);
  });
});

describe('a session', () => {
  let cookie: string;
  beforeEach(async () => {
    await addOperator(prisma, 'ana', 'operator');
    cookie = await one.signIn('ana');
    expect(await isIn(other, cookie)).toBe(true);
  });
  const age = (column: string, minutes: number) =>
    database.query(`UPDATE operator_session SET ${column} = ${column} - make_interval(mins => $1::int)`, [minutes]);

  it('ends after twelve hours', async () => {
    await age('expires_at', 12 * 60 - 1);
    expect(await isIn(one, cookie)).toBe(true);
    await age('expires_at', 1);
    expect(await isIn(one, cookie)).toBe(false);
  });

  it('ends after an hour in which nobody used it; a page that loads itself is no use', async () => {
    await age('seen_at', 59);
    expect(await isIn(one, cookie)).toBe(true);
    await age('seen_at', 59);
    expect((await one.get('/?reload', { cookie })).statusCode).toBe(200);
    await age('seen_at', 1);
    expect((await one.get('/?reload', { cookie })).statusCode).toBe(401);
    expect(await isIn(one, cookie)).toBe(false);
  });

  it('goes on when a person loads the page again', async () => {
    await age('seen_at', 59);
    const byHand = { cookie, headers: { 'sec-fetch-user': '?1' } };
    expect((await one.get('/?reload', byHand)).statusCode).toBe(200);
    await age('seen_at', 59);
    expect(await isIn(one, cookie)).toBe(true);
  });

  it('is over everywhere after signing out, also for a cookie that was copied', async () => {
    const form = formTokenIn(await one.get('/', { cookie }));
    const out = await one.post('/sign-out', { form }, { cookie });
    expect([out.statusCode, out.headers['set-cookie']]).toEqual([303, expect.stringMatching(/^pombo=; .*Max-Age=0/)]);
    expect(await isIn(other, cookie)).toBe(false);
    expect((await deeds()).at(-1)).toBe('ana: sign out');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the operator is disabled', () => disableOperator(prisma, by, 'ana', new Date())],
    ['the password is changed', async () => setOperatorPassword(prisma, by, 'ana', await hashPassword('another one'))],
    ['somebody ends it', () => endSessions(prisma, by, 'ana')],
  ])('is over with the next request when %s', async (_what, take) => {
    await take();
    expect(await isIn(one, cookie)).toBe(false);
    expect(await isIn(other, cookie)).toBe(false);
  });

  it('is not opened with a password that is changed at the same moment', async () => {
    const changes = Array.from({ length: 5 }, async (_, index) => {
      const hash = await hashPassword(`password number ${index}`);
      return Promise.all([one.trySignIn('ana'), setOperatorPassword(prisma, by, 'ana', hash)]);
    });
    await Promise.all(changes);
    expect(await database.query('SELECT FROM operator_session')).toEqual([]);
  });

  it('has the role its operator has now', async () => {
    const roleShown = async () => /ana <span class="soft">(\w+)</.exec((await one.get('/', { cookie })).body)?.[1];
    expect(await roleShown()).toBe('operator');
    await setOperatorRole(prisma, by, 'ana', 'viewer');
    expect(await roleShown()).toBe('viewer');
  });

  it.each<[string, string]>([
    ['an invented id', 'pombo=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['no id', 'pombo='],
    ['somebody else’s cookie', 'other=1'],
  ])('is not opened by %s', async (_what, invented) => {
    expect(await isIn(one, invented)).toBe(false);
  });
});

describe('a form that another site posts', () => {
  let cookie: string;
  let form: string;
  beforeEach(async () => {
    await addOperator(prisma, 'ana');
    await addOperator(prisma, 'bia');
    cookie = await one.signIn('ana');
    form = formTokenIn(await one.get('/', { cookie }));
  });

  it.each<[string, Record<string, string>]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that begins like ours', { origin: `http://${consoleHost}.evil.example` }],
    ['no origin a browser would name', { origin: 'null' }],
    ['another site, in the browser’s own word', { 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { 'sec-fetch-site': 'same-site' }],
  ])('is refused with %s', async (_what, headers) => {
    const said = await one.post('/sign-out', { form }, { cookie, headers });
    expect(said.statusCode).toBe(403);
    expect((await one.trySignIn('ana', testPassword, { headers })).statusCode).toBe(403);
    expect(await isIn(one, cookie)).toBe(true);
  });

  it('is refused without the token of this very session', async () => {
    const others = formTokenIn(await one.get('/', { cookie: await one.signIn('bia') }));
    const second = formTokenIn(await one.get('/', { cookie: await one.signIn('ana') }));
    for (const fields of [{}, { form: '' }, { form: others }, { form: second }, { form: `${form}x` }]) {
      expect((await one.post('/sign-out', fields as Record<string, string>, { cookie })).statusCode).toBe(403);
    }
    expect(await isIn(one, cookie)).toBe(true);
    expect((await one.post('/sign-out', { form }, { cookie })).statusCode).toBe(303);
  });
});

describe('failed sign-ins', () => {
  const wrong = async (app: Console, name: string, from: string) =>
    (await app.trySignIn(name, 'wrong', { from })).statusCode;
  const stranger = (index: number) => `198.51.100.${index}`;

  it('make a name wait, from everywhere, on every process, whether or not it exists', async () => {
    await addOperator(prisma, 'ana');
    for (const name of ['ana', 'nobody']) {
      expect(await times(3, (index) => wrong(index % 2 ? one : other, name, stranger(index)))).toEqual([401, 401, 401]);
      const waits = await openConsole(database, prisma).trySignIn(name, testPassword, { from: stranger(9) });
      expect(waits.statusCode).toBe(429);
      expect(waits.headers['retry-after']).toMatch(/^[12]$/);
      expect(waits.body).toContain(`Try again in ${waits.headers['retry-after']} s.`);
    }
    // What was refused was not counted, so the wait does not grow by asking.
    await lastFailureAgo(2_000);
    expect((await one.trySignIn('ana', testPassword, { from: stranger(9) })).statusCode).toBe(303);
    expect(await times(3, () => wrong(one, 'ana', stranger(8)))).toEqual([401, 401, 401]);
  });

  it('make the wait grow, and are forgotten after an hour', async () => {
    await times(3, () => wrong(one, 'ana', stranger(1)));
    await lastFailureAgo(2_000);
    expect(await wrong(one, 'ana', stranger(2))).toBe(401);
    const { headers } = await other.trySignIn('ana', 'wrong', { from: stranger(3) });
    expect(headers['retry-after']).toMatch(/^[34]$/);
    await lastFailureAgo(3_600_000);
    expect(await times(4, () => wrong(one, 'ana', stranger(4)))).toEqual([401, 401, 401, 429]);
  });

  it('make an address wait, whatever names it tries', async () => {
    await addOperator(prisma, 'ana');
    const codes = await times(11, (index) => wrong(index % 2 ? one : other, `name${index}`, stranger(1)));
    expect(codes).toEqual([...Array(10).fill(401), 429]);
    expect((await one.trySignIn('ana', testPassword, { from: stranger(1) })).statusCode).toBe(429);
    expect((await one.trySignIn('ana', testPassword, { from: stranger(2) })).statusCode).toBe(303);
  });

  it('cannot be outrun by guessing in parallel', async () => {
    await addOperator(prisma, 'ana');
    const guesses = Array.from({ length: 30 }, (_, index) => wrong(index % 2 ? one : other, 'ana', stranger(index)));
    const codes = await Promise.all(guesses);
    expect(codes.filter((said) => said === 401)).toHaveLength(3);
    expect(codes.filter((said) => said === 429)).toHaveLength(27);
  });

  it('are no failures when the password was right', async () => {
    await addOperator(prisma, 'ana');
    await times(15, () => one.signIn('ana', { from: stranger(1) }));
    const counted = await database.query('SELECT FROM login_trial WHERE points <> 0');
    expect(counted).toEqual([]);
  });

  /** As if the last of them had been so long ago. */
  function lastFailureAgo(ms: number) {
    return database.query('UPDATE login_trial SET expire = expire - $1::bigint', [ms]);
  }
});
