import { unbanAddress } from '@pombo/db/addresses.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, type Doorstep, openDoorstep, type Reply, type TestApi } from '../support/doorstep.ts';
import { testActor } from '../support/test-actor.ts';

let doorstep: Doorstep;
let one: TestApi;
let other: TestApi;
let customerId: string;
let tsid: string;
let line: string;
let hosts = 0;

beforeAll(async () => {
  doorstep = await openDoorstep();
  customerId = await doorstep.addCustomer();
  tsid = await doorstep.addToken(customerId);
  line = await doorstep.addLine(customerId);
  [one, other] = await Promise.all([doorstep.openApi(), doorstep.openApi()]);
});

afterAll(() => doorstep.stop());

/** An address nobody has used yet. */
function stranger(): string {
  hosts += 1;
  return `198.51.100.${hosts}`;
}

const form = (token: string) => `tsid=${token}&app_id=${line}&dest=1&mdata=x&async=1`;
const code = (reply: Reply): number => JSON.parse(reply.text).return.status_code;
const withToken = async (api: TestApi, from: string, token: string) => code(await api.ask({ from, body: form(token) }));
const withPassword = async (api: TestApi, from: string, text: string) => {
  const ask: Ask = {
    from,
    body: form(''),
    headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
  };
  return code(await api.ask(ask));
};
const times = async <T>(count: number, work: (index: number) => Promise<T>) => {
  const seen: T[] = [];
  for (let index = 0; index < count; index += 1) seen.push(await work(index));
  return seen;
};
/** Users of their own, so that only the address counts. */
const wrongPasswords = (api: TestApi, from: string, count: number, name = from) =>
  times(count, (index) => withPassword(api, from, `${name}-${index}:wrong`));

describe('20 failed attempts of an address in 10 minutes', () => {
  it('block it on every process, right credentials included, also across a restart', async () => {
    const from = stranger();
    expect(await withToken(one, from, tsid)).toBe(1);
    expect(await wrongPasswords(one, from, 12)).toEqual(Array(12).fill(140));
    expect(await wrongPasswords(other, from, 8, 'second')).toEqual(Array(8).fill(140));
    expect(await withPassword(one, from, 'third:wrong')).toBe(131);
    expect(await withToken(other, from, 'unknown-token')).toBe(131);
    await expect.poll(() => withToken(one, from, tsid), { timeout: 1000 }).toBe(131);
    expect(await withToken(one, stranger(), tsid)).toBe(1);
    const restarted = await doorstep.openApi();
    expect(await withToken(restarted, from, tsid)).toBe(131);
    await restarted.close();
  });

  it('hold for the address of a header only when a trusted proxy names it', async () => {
    const direct = await doorstep.openApi({ trustProxy: [] });
    const from = stranger();
    expect(await withToken(direct, from, 'unknown-token')).toBe(102);
    const [row] = await doorstep.database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM login_trial WHERE key LIKE $1',
      [`%${from}`],
    );
    expect(row?.count).toBe(0);
    await direct.close();
  });

  it('end with the window', async () => {
    const from = stranger();
    await wrongPasswords(one, from, 20);
    expect(await withToken(one, from, tsid)).toBe(131);
    await doorstep.database.query('UPDATE login_trial SET expire = $2 WHERE key = $1', [`address:${from}`, Date.now()]);
    await expect.poll(() => withToken(one, from, tsid), { timeout: 3000 }).toBe(1);
  });
});

it('counts nothing for who sends no credentials or the right ones', async () => {
  const from = stranger();
  await times(25, () => withToken(one, from, ''));
  await times(25, () => withToken(one, from, tsid));
  const cold = await Promise.all(Array.from({ length: 40 }, async () => doorstep.addToken(customerId)));
  const codes = await Promise.all(cold.map((token, index) => withToken(index % 2 ? one : other, from, token)));
  expect(codes).toEqual(Array(40).fill(1));
  const rows = await doorstep.database.query<{ points: number }>(
    'SELECT points FROM login_trial WHERE key LIKE $1 AND points <> 0',
    [`%:${from}`],
  );
  expect(rows).toEqual([]);
});

it('refuses a user after 5 failed attempts from anywhere, and no other user', async () => {
  await doorstep.addUser(customerId, 'bia', 'right');
  await doorstep.addUser(customerId, 'caio', 'right');
  expect(await times(5, () => withPassword(one, stranger(), 'bia:wrong'))).toEqual(Array(5).fill(140));
  expect(await withPassword(other, stranger(), 'bia:right')).toBe(132);
  expect(await withPassword(other, stranger(), 'caio:right')).toBe(1);
  expect(await times(5, () => withPassword(one, stranger(), 'caio:wrong'))).toEqual(Array(5).fill(140));
  expect(await withPassword(one, stranger(), 'caio:right')).toBe(132);
  await expect.poll(() => withPassword(other, stranger(), 'caio:right'), { timeout: 1000 }).toBe(132);
  await doorstep.database.query("DELETE FROM login_trial WHERE key LIKE 'user:%'");
});

it('lets no flood of parallel guesses outrun a limit', async () => {
  const from = stranger();
  await doorstep.addUser(customerId, 'duda', 'guess-30');
  const guesses = Array.from({ length: 60 }, (_, index) =>
    withPassword(index % 2 ? one : other, from, `duda:guess-${index}`),
  );
  const codes = await Promise.all(guesses);
  expect(codes.filter((said) => said === 140).length).toBeLessThanOrEqual(5);
  expect(codes).not.toContain(1);
});

describe('a ban for good', () => {
  const banned = async (from: string) => {
    const rows = await doorstep.database.query('SELECT cdib_reason FROM cd_ip_blacklist WHERE cdib_address = $1', [
      from,
    ]);
    return rows.length > 0;
  };

  it('follows 15 unknown tokens, on every process within a second, until an operator lifts it', async () => {
    const from = stranger();
    expect(await withToken(other, from, tsid)).toBe(1);
    expect(await times(15, (index) => withToken(one, from, `unknown-token-${index}`))).toEqual(Array(15).fill(102));
    expect(await withToken(one, from, tsid)).toBe(199);
    await expect.poll(() => withToken(other, from, tsid), { timeout: 1000 }).toBe(199);
    expect(code(await one.ask({ from, body: '' }))).toBe(199);
    expect(await banned(from)).toBe(true);
    expect(await unbanAddress(openPrisma(doorstep.database), testActor, from)).toBe(true);
    await expect.poll(() => withToken(one, from, tsid), { timeout: 1000 }).toBe(1);
    expect(await withToken(one, from, 'unknown-token')).toBe(102);
  });

  it.each([
    ['password', 49, () => wrongPasswords],
    ['failure', 99, () => wrongPasswords],
  ])('follows the last failure of the counter %s', async (counter, before, wrong) => {
    const from = stranger();
    await doorstep.database.query('INSERT INTO login_trial VALUES ($1, $2, $3)', [
      `${counter}:${from}`,
      before,
      Date.now() + 60_000,
    ]);
    expect(await wrong()(one, from, 1)).toEqual([140]);
    expect(await banned(from)).toBe(true);
    expect(await withToken(one, from, tsid)).toBe(199);
  });

  it('never hits loopback or a trusted proxy, which are blocked for the window only', async () => {
    const guesses = await times(25, (index) => withToken(one, '127.0.0.9', `unknown-token-${index}`));
    expect(guesses).toEqual([...Array(20).fill(102), ...Array(5).fill(131)]);
    expect(await banned('127.0.0.9')).toBe(false);
  });
});

describe('what an operator takes away is gone within a second on every process, without notifications', () => {
  const sendsOn = (token: string, from = stranger()) =>
    Promise.all([one, other].map((api) => withToken(api, from, token)));

  it.each<[string, string, number]>([
    ['a revoked token', 'UPDATE cd_psid SET psid_revoked_at = now() WHERE cdcs_id = $1', 102],
    ['a blocked customer', 'UPDATE cd_customer SET cdcs_tokens_blockeds = true WHERE cdcs_id = $1', 198],
    ['a disabled customer', 'UPDATE cd_customer SET cdcs_active = false WHERE cdcs_id = $1', 110],
    ['a token that may not send', 'UPDATE cd_psid SET psid_may_send = false WHERE cdcs_id = $1', 123],
    ['an allow-list', "INSERT INTO cd_ip (cdcs_id, cdip_network) VALUES ($1, '192.0.2.0/24')", 142],
    ['a line', 'UPDATE cd_v8_line SET v8l_active = false WHERE cdcs_id = $1', 230],
    ['a page token', "UPDATE cd_v8_line SET v8l_wa_api_key = '' WHERE cdcs_id = $1", 233],
  ])('%s', async (_what, sql, expected) => {
    const owner = await doorstep.addCustomer();
    const token = await doorstep.addToken(owner);
    const own = await doorstep.addLine(owner);
    const from = stranger();
    const send = (api: TestApi) =>
      api.ask({ from, body: `tsid=${token}&app_id=${own}&dest=1&mdata=x&async=1` }).then(code);
    await expect.poll(() => Promise.all([one, other].map(send)), { timeout: 1000 }).toEqual([1, 1]);
    await doorstep.database.query(sql, [owner]);
    const deadline = performance.now() + 1000;
    await expect
      .poll(() => Promise.all([one, other].map(send)), { timeout: 1000, interval: 50 })
      .toEqual([expected, expected]);
    expect(performance.now()).toBeLessThan(deadline);
  });

  it('a token that ends by itself', async () => {
    const token = await doorstep.addToken(customerId);
    await doorstep.database.query(
      "UPDATE cd_psid SET psid_expires_at = clock_timestamp() + interval '700 milliseconds' WHERE psid_name = $1",
      [token.slice(0, 10)],
    );
    expect(await sendsOn(token)).toEqual([1, 1]);
    await expect.poll(() => sendsOn(token), { timeout: 1500 }).toEqual([102, 102]);
  });

  it('a changed password', async () => {
    await doorstep.addUser(customerId, 'eva', 'first');
    const from = stranger();
    expect(await withPassword(one, from, 'eva:first')).toBe(1);
    const [row] = await doorstep.database.query<{ hash: string }>(
      "SELECT cdcu_password_hash AS hash FROM cd_customer_user WHERE cdcu_username = 'caio'",
    );
    await doorstep.database.query("UPDATE cd_customer_user SET cdcu_password_hash = $1 WHERE cdcu_username = 'eva'", [
      row?.hash,
    ]);
    await expect.poll(() => withPassword(one, from, 'eva:first'), { timeout: 1000 }).toBe(140);
    expect(await withPassword(one, from, 'eva:right')).toBe(1);
  });
});
