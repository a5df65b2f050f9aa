import { userInfo } from 'node:os';
import { openPasswordDoor } from '@pombo/db/password.ts';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPombo } from '../support/pombo-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';

let postgres: TestPostgres;
let client: Client;
let env: Record<string, string>;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.migratedDatabase();
  client = new Client({ connectionString: url });
  await client.connect();
  env = { DATABASE_URL: url };
});
afterAll(async () => {
  await client.end();
  await postgres.stop();
});

async function json(words: string, input = '') {
  const { code, out, err } = await runPombo([...words.split(' '), '--json'], env, input);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

async function refusal(words: string, input = '', expected = 1): Promise<string> {
  const { code, err } = await runPombo(words.split(' '), env, input);
  expect(code).toBe(expected);
  return err;
}

async function opens(name: string, password: string): Promise<string> {
  const { rows } = await client.query('SELECT password_hash AS hash FROM operator WHERE name = $1', [name]);
  return openPasswordDoor().check(password, rows[0].hash);
}

test('an operator is given a password and a role', async () => {
  expect(await json('operator create --name ana --role admin', 'correio é pombo\nand nothing else\n')).toEqual({
    name: 'ana',
    role: 'admin',
  });
  expect(await opens('ana', 'correio é pombo')).toBe('right');
  const bia = await json('operator create --name bia --role viewer --generate');
  expect(bia.password).toMatch(/^[\w-]{32}$/);
  expect(await opens('bia', bia.password)).toBe('right');
  expect(await json('operator set-role bia operator')).toEqual({ name: 'bia', role: 'operator' });
  expect(await json('operator list')).toMatchObject([
    { name: 'ana', role: 'admin', disabled_at: null },
    { name: 'bia', role: 'operator', disabled_at: null },
  ]);
});

test('another password, disabling and asking for it end sessions', async () => {
  await openSession('ana');
  await openSession('bia');
  expect(await json('operator sessions')).toHaveLength(2);
  expect(await json('operator sessions bia')).toMatchObject([{ operator: 'bia', address: '192.0.2.1' }]);
  await json('operator set-password bia', 'another password\r\n');
  expect(await opens('bia', 'another password')).toBe('right');
  expect(await json('operator sessions bia')).toEqual([]);
  await json('operator disable ana');
  expect(await json('operator sessions')).toEqual([]);
  expect(await json('operator list')).toMatchObject([{ name: 'ana', disabled_at: expect.any(String) }, {}]);
  await json('operator enable ana');
  await openSession('ana');
  await openSession('ana');
  expect(await json('operator sessions --end')).toEqual({ ended: 2 });
});

test('all of it stands in the audit', async () => {
  const audit = await json('list audit');
  const who = `command line (${userInfo().username})`;
  expect(audit.every((entry: { who: string; origin: string }) => entry.who === who && entry.origin !== '')).toBe(true);
  const deeds = audit.map((entry: Record<string, unknown>) => [entry.action, entry.object, entry.how_many]);
  expect(deeds.reverse()).toEqual([
    ['create operator', 'ana: admin', 1],
    ['create operator', 'bia: viewer', 1],
    ['set role', 'bia: operator', 1],
    ['set password', 'bia', 1],
    ['disable operator', 'ana', 1],
    ['enable operator', 'ana', 1],
    ['end sessions', 'all operators', 2],
  ]);
  expect(await json('list audit --limit 1')).toHaveLength(1);
  expect((await runPombo(['list', 'audit'], env)).out).toContain('create operator');
});

test('what will not do is refused in a sentence, and nothing is written', async () => {
  const before = await json('list audit --limit 1000');
  expect(await refusal('operator create --name caio --role admin', 'short\n')).toContain('fewer than 12');
  expect(await refusal('operator create --name caio --role admin')).toContain('no password on standard input');
  expect(await refusal('operator create --name ana --role admin', 'correio é pombo\n')).toContain('already');
  expect(await refusal('operator create --name caio --role boss', '', 2)).toContain('viewer, operator, admin');
  expect(await refusal('operator create --name <b> --role admin', '', 2)).toContain('A name is');
  for (const words of ['set-password caio --generate', 'set-role caio viewer', 'disable caio', 'enable caio']) {
    expect(await refusal(`operator ${words}`)).toBe('There is no operator caio.\n');
  }
  expect(await refusal('operator sessions caio --end')).toBe('There is no operator caio.\n');
  expect(await json('list audit --limit 1000')).toEqual(before);
});

function openSession(name: string) {
  return client.query(
    `INSERT INTO operator_session (session_hash, operator_id, expires_at, address)
     SELECT sha256(gen_random_uuid()::text::bytea), operator_id, now() + interval '1 hour', '192.0.2.1' FROM operator WHERE name = $1`,
    [name],
  );
}
