import { userInfo } from 'node:os';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPombo } from '../support/pombo-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';

const sealKey = Buffer.alloc(32, 7).toString('base64');
let postgres: TestPostgres;
let client: Client;
let env: Record<string, string>;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.migratedDatabase();
  client = new Client({ connectionString: url });
  await client.connect();
  env = { DATABASE_URL: url, SEAL_KEY: sealKey };
});

afterAll(async () => {
  await client.end();
  await postgres.stop();
});

async function json(words: string, more: Record<string, string> = {}, input = '') {
  const { code, out, err } = await runPombo([...words.split(' '), '--json'], { ...env, ...more }, input);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

async function refusal(words: string, more: Record<string, string> = {}, input = ''): Promise<string> {
  const { code, err } = await runPombo(words.split(' '), { ...env, ...more }, input);
  expect(code).toBe(1);
  expect(err.trim().split('\n')).toHaveLength(1);
  return err;
}

async function only(sql: string) {
  const { rows } = await client.query(sql);
  expect(rows).toHaveLength(1);
  return rows[0];
}

test('a customer, its token and its line, as the contract shows them', async () => {
  const customer = await json('customer create --name Padaria');
  expect(customer).toEqual({ cdcs_id: expect.any(Number) });

  const token = await json(`token create --customer ${customer.cdcs_id}`);
  expect(token).toEqual({ tsid: expect.stringMatching(/^[\w-]{32}$/) });
  const reader = await json(`token create --customer ${customer.cdcs_id} --no-send`);
  const stored = await client.query(
    'SELECT psid_name, psid_may_send FROM cd_psid WHERE cdcs_id = $1 ORDER BY psid_id',
    [customer.cdcs_id],
  );
  expect(stored.rows).toEqual([
    { psid_name: token.tsid.slice(0, 10), psid_may_send: true },
    { psid_name: reader.tsid.slice(0, 10), psid_may_send: false },
  ]);

  const line = await json(
    `line create --customer ${customer.cdcs_id} --id 4321 --class messenger --page-id 99 --page-token EAAsecret --rate 25 --app-id 7 --app-secret hush`,
  );
  expect(line).toEqual({ v8l_id: 4321 });
  const row = await only(
    'SELECT v8l_wa_api_key AS token, v8l_fb_app_secret AS secret, v8l_pace AS pace FROM cd_v8_line WHERE v8l_id = 4321',
  );
  expect(row.pace).toBe(25);
  expect(row.token).toMatch(/^v1\./);
  expect(row.token + row.secret).not.toMatch(/EAAsecret|hush/);
  const next = await json(
    `line create --customer ${customer.cdcs_id} --page-id 98 --page-token-stdin`,
    {},
    'EAAother\n',
  );
  expect(next.v8l_id).toBeGreaterThan(4321);

  expect(await refusal(`line create --customer ${customer.cdcs_id} --id 4321`)).toContain('already');
  expect((await json('list lines')).map((each: { v8l_id: number }) => each.v8l_id)).toEqual([4321, next.v8l_id]);
});

test('no pace is refused against Meta itself and allowed elsewhere', async () => {
  const { cdcs_id } = await json('customer create --name Rate');
  const words = `line create --customer ${cdcs_id} --page-id 1 --page-token t --rate 0`;
  expect(await refusal(words)).toContain('--rate 0 is refused');
  expect(await refusal(words, { GRAPH_BASE_URL: 'https://graph.facebook.com/' })).toContain('--rate 0 is refused');
  const { v8l_id } = await json(words, { GRAPH_BASE_URL: 'http://127.0.0.1:8090' });
  expect(await json(`line show ${v8l_id}`)).toMatchObject({
    rate: 0,
    media_rate: 0,
    standing: 'open',
    backlog: 0,
    unknown: 0,
  });
});

test('pausing, parking and mending a line', async () => {
  const { cdcs_id } = await json('customer create --name Lines');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token t`);
  await json(`line pause ${v8l_id}`);
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ standing: 'paused' });
  await client.query(
    "UPDATE cd_v8_line SET v8l_parked_at = now(), v8l_parked_reason = $2, v8l_parked_code = 400, v8l_parked_mend = 'token' WHERE v8l_id = $1",
    [v8l_id, 'token expired'],
  );
  await closeGate(v8l_id);
  await json(`line set-token ${v8l_id} --page-token-stdin`, {}, 'fresh');
  expect(await json(`line show ${v8l_id}`)).toMatchObject({
    standing: 'paused',
    parked_at: null,
    parked_reason: null,
    parked_mend: null,
  });
  expect(await gate(v8l_id)).toEqual(openGate);
  await closeGate(v8l_id);
  await json(`line resume ${v8l_id}`);
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ standing: 'open', rate: 40, rate_now: 40 });
  expect(await gate(v8l_id)).toEqual(openGate);
  expect(await refusal('line resume 999999')).toContain('There is no line 999999');
});

const openGate = {
  blocked_until: null,
  blocked_because: null,
  pace_share: 1,
  pace_because: null,
  failures: 0,
  trial_at: null,
  trial_wait_s: null,
  held_until: null,
  held_now: null,
  held_bulk: null,
  probe_at: null,
  suspects: [],
};

/** Everything stands against the line that a gate can know. */
function closeGate(lineId: number) {
  return client.query(
    `UPDATE line_gate SET blocked_until = now() + interval '1 hour', blocked_because = 'Meta: too many calls',
       pace_share = 0.01, pace_share_at = now(), pace_because = 'Meta: too many calls', failures = 6,
       trial_at = now() + interval '1 hour', trial_wait_s = 60, held_until = now() + interval '1 hour', held_now = 1,
       held_bulk = 2, probe_at = now() + interval '1 hour', suspects = '{1,2}' WHERE v8l_id = $1`,
    [lineId],
  );
}

async function gate(lineId: number) {
  return only(`SELECT ${Object.keys(openGate).join(', ')} FROM line_gate WHERE v8l_id = ${lineId}`);
}

test('a line that goes slower says its pace, what it is just now, and why', async () => {
  const { cdcs_id } = await json('customer create --name Slow');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token EAAsecret --rate 20`);
  await closeGate(v8l_id);
  const closed = await json(`line show ${v8l_id}`);
  expect(closed).toMatchObject({ standing: 'closed', failures: 6, suspects: 2, rate: 20, media_rate: 8 });
  expect(closed.standing_sentence).toContain('one trial call goes at a time');
  // It recovers within 50 s by itself, so it is slowed anew before each command.
  const slow = () =>
    client.query(
      'UPDATE line_gate SET trial_at = NULL, blocked_until = NULL, held_until = NULL, pace_share_at = now() WHERE v8l_id = $1',
      [v8l_id],
    );
  await slow();
  const slowed = await json(`line show ${v8l_id}`);
  expect(slowed).toMatchObject({ standing: 'slowed', rate_because: 'Meta: too many calls' });
  expect(slowed.rate_now).toBeGreaterThan(0);
  expect(slowed.rate_now).toBeLessThan(20);
  expect(slowed.media_rate_now).toBeCloseTo(slowed.rate_now * 0.4, 5);

  await slow();
  const shown = await runPombo(['line', 'show', String(v8l_id)], env);
  expect(shown.out).toMatch(
    /standing +slowed: It sends at \d+ % of its pace and is recovering: Meta: too many calls\./,
  );
  expect(shown.out).toMatch(/^pace +20\/s, now \d+\.\d\/s$/m);
  expect(shown.out).not.toMatch(/EAAsecret|v1\./);
  await slow();
  const listed = await runPombo(['list', 'lines', '--customer', String(cdcs_id)], env);
  expect(listed.out).toContain('slowed');
});

test('what waits on a line is counted, and how long the oldest has waited', async () => {
  const { cdcs_id } = await json('customer create --name Work');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token t`);
  await client.query(
    `INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, due_at, expires_at, on_unknown, accepted_at)
     SELECT 700000 + n, $1, $2, 'bulk', (ARRAY['backlog', 'backlog', 'released', 'sending', 'unknown'])[n], n::text, 'text',
       now(), now() + interval '1 hour', 'hold', now() - n * interval '1 minute' FROM generate_series(1, 5) n`,
    [cdcs_id, v8l_id],
  );
  const line = await json(`line show ${v8l_id}`);
  expect(line).toMatchObject({ backlog: 2, released: 1, sending: 1, unknown: 1 });
  expect(line.oldest_seconds).toBeGreaterThanOrEqual(240);
  expect(line.oldest_seconds).toBeLessThan(600);
  expect(await json(`list lines --customer ${cdcs_id}`)).toMatchObject([{ v8l_id, backlog: 2, unknown: 1 }]);
});

test('the pace of a line is set, and holds at once', async () => {
  const { cdcs_id } = await json('customer create --name Pace');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token t --rate 0.001`);
  await client.query("UPDATE line_gate SET text_next_at = now() + interval '16 minutes' WHERE v8l_id = $1", [v8l_id]);
  expect(await json(`line set-pace ${v8l_id} --rate 300 --media-rate 12`)).toEqual({
    v8l_id,
    rate: 300,
    media_rate: 12,
  });
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ rate: 300, rate_now: 300, media_rate: 12 });
  expect(
    await only(`SELECT text_next_at < now() + interval '2 s' AS soon FROM line_gate WHERE v8l_id = ${v8l_id}`),
  ).toEqual({ soon: true });
  expect(await json(`line set-pace ${v8l_id} --media-rate 0`, { GRAPH_BASE_URL: 'http://127.0.0.1:8090' })).toEqual({
    v8l_id,
    media_rate: 0,
  });
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ rate: 300, media_rate: 0 });
});

test('no pace above 300, and none at all only where it is not Meta that answers', async () => {
  const { cdcs_id } = await json('customer create --name Pace');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token t`);
  expect(await refusal(`line set-pace ${v8l_id} --rate 0`)).toContain('--rate 0 is refused');
  expect(await refusal(`line set-pace ${v8l_id} --rate 5 --media-rate 0`)).toContain('is refused');
  expect(await refusal(`line set-pace ${v8l_id}`)).toContain('--rate');
  expect(await refusal('line set-pace 999999 --rate 5')).toContain('There is no line');
  for (const rate of ['301', '0.0001']) {
    expect((await runPombo(['line', 'set-pace', String(v8l_id), '--rate', rate], env)).code).toBe(2);
  }
  expect(await only(`SELECT v8l_pace AS pace FROM cd_v8_line WHERE v8l_id = ${v8l_id}`)).toEqual({ pace: 40 });
});

test('a line is deactivated and activated, and stands still while its customer is blocked', async () => {
  const { cdcs_id } = await json('customer create --name Settings');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token t`);
  expect(await json(`line deactivate ${v8l_id}`)).toEqual({ v8l_id, active: false });
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ standing: 'inactive', active: false });
  await json(`line activate ${v8l_id}`);
  await json(`customer block ${cdcs_id}`);
  const blocked = await json(`line show ${v8l_id}`);
  expect(blocked).toMatchObject({ standing: 'inactive', active: true, customer_active: false });
  expect(blocked.standing_sentence).toContain('customer is blocked');
  await json(`customer unblock ${cdcs_id}`);
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ standing: 'open', on_unknown: 'hold' });
});

test('what follows an unknown outcome is set per line', async () => {
  const { cdcs_id } = await json('customer create --name Settings');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token t`);
  expect(await json(`line set-on-unknown ${v8l_id} resend`)).toEqual({ v8l_id, on_unknown: 'resend' });
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ on_unknown: 'resend' });
  expect((await runPombo(['line', 'set-on-unknown', String(v8l_id), 'maybe'], env)).code).toBe(2);
  for (const words of ['deactivate', 'probe']) {
    expect(await refusal(`line ${words} 999999`)).toContain('There is no line 999999');
  }
});

test('an app secret is given, sealed, and taken away', async () => {
  const { cdcs_id } = await json('customer create --name Secrets');
  const { v8l_id } = await json(`line create --customer ${cdcs_id} --page-id 1 --page-token t`);
  expect(await json(`line set-app-secret ${v8l_id} --app-secret-stdin`, {}, 'hush\n')).toEqual({
    v8l_id,
    has_app_secret: true,
  });
  const { secret } = await only(`SELECT v8l_fb_app_secret AS secret FROM cd_v8_line WHERE v8l_id = ${v8l_id}`);
  expect(secret).toMatch(/^v1\./);
  expect(secret).not.toContain('hush');
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ has_app_secret: true });
  expect(await refusal(`line set-app-secret ${v8l_id}`)).toContain('--app-secret-stdin');
  await json(`line set-app-secret ${v8l_id} --remove`);
  expect(await json(`line show ${v8l_id}`)).toMatchObject({ has_app_secret: false });
});

test('the tokens of a customer are blocked and unblocked, and the customer stays active', async () => {
  const { cdcs_id } = await json('customer create --name Tokens');
  expect(await json(`customer block-tokens ${cdcs_id}`)).toEqual({ cdcs_id, tokens_blocked: true });
  const mine = async () => (await json('list customers')).find((row: { cdcs_id: number }) => row.cdcs_id === cdcs_id);
  expect(await mine()).toMatchObject({ active: true, tokens_blocked: true });
  expect(await json(`customer unblock-tokens ${cdcs_id}`)).toEqual({ cdcs_id, tokens_blocked: false });
  expect(await mine()).toMatchObject({ tokens_blocked: false });
  expect(await refusal('customer block-tokens 999999')).toContain('There is no customer 999999');
});

test('blocking a customer and revoking a token raise the changes counter', async () => {
  const { cdcs_id } = await json('customer create --name Blocked');
  const { tsid } = await json(`token create --customer ${cdcs_id}`);
  const counter = async () => BigInt((await only('SELECT counter FROM changes')).counter);
  const before = await counter();
  expect(await json(`customer block ${cdcs_id}`)).toEqual({ cdcs_id, active: false });
  const between = await counter();
  expect(between).toBeGreaterThan(before);
  expect(await json(`token revoke ${tsid}`)).toEqual({ revoked: [tsid.slice(0, 10)] });
  expect(await counter()).toBeGreaterThan(between);
  expect(await refusal(`token revoke ${tsid}`)).toContain('revoked already');
  expect(await json(`customer unblock ${cdcs_id}`)).toEqual({ cdcs_id, active: true });
});

test('a user is made with a hashed password, once', async () => {
  const { cdcs_id } = await json('customer create --name Users');
  const made = await json(`user create --customer ${cdcs_id} --username ana --password-stdin`, {}, 'segredo\n');
  expect(made).toMatchObject({ cdcs_id, username: 'ana' });
  const { hash } = await only("SELECT cdcu_password_hash AS hash FROM cd_customer_user WHERE cdcu_username = 'ana'");
  expect(hash).toMatch(/^scrypt\$/);
  expect(await refusal(`user create --customer ${cdcs_id} --username ana --password x`)).toContain('already');
  expect(await refusal(`user create --customer ${cdcs_id} --username eva`)).toContain('--password-stdin');
});

test('networks and bans', async () => {
  const { cdcs_id } = await json('customer create --name Nets');
  await json(`ip allow 10.0.0.0/8 --customer ${cdcs_id}`);
  expect(await json(`ip allow 2001:db8::/32 --customer ${cdcs_id}`)).toEqual({
    cdcs_id,
    networks: ['10.0.0.0/8', '2001:db8::/32'],
  });
  expect((await runPombo(['ip', 'allow', '10.0.0.0/64', '--customer', String(cdcs_id)], env)).code).toBe(2);

  await client.query("INSERT INTO cd_ip_blacklist VALUES ('192.0.2.9', 'too many failures')");
  await client.query(
    "INSERT INTO login_trial (key, points) VALUES ('failure:192.0.2.9', 99), ('failure:192.0.2.99', 3)",
  );
  expect(await json('list bans')).toMatchObject([{ address: '192.0.2.9', reason: 'too many failures' }]);
  expect(await json('ip unblock 192.0.2.9')).toEqual({ address: '192.0.2.9', was_banned: true });
  expect(await json('list bans')).toEqual([]);
  expect(await only('SELECT key FROM login_trial')).toEqual({ key: 'failure:192.0.2.99' });
});

test.each([
  ['--as OK --message-id m_1', { status: 'OK', code: 200, id: 'm_1' }, null],
  ['--as error', { status: 'ERROR', code: 0, id: null }, null],
  ['--send-again', { status: 'PENDING', code: null, id: null }, 'backlog'],
])('an unknown message is settled by hand: %s', async (how, row, state) => {
  const id = await unknownMessage();
  expect(await json(`message show ${id}`)).toMatchObject({ cdls_id: id, status: 'WR', state: 'unknown', attempts: [] });
  expect(await json(`message settle ${id} ${how}`)).toEqual({ cdls_id: id, status: row.status });
  expect(
    await only(
      `SELECT cdls_status AS status, cdls_return_code AS code, cdls_return_id AS id FROM cdls WHERE cdls_id = ${id}`,
    ),
  ).toEqual(row);
  expect((await json(`message show ${id}`)).state).toBe(state);
  expect(await refusal(`message settle ${id} --as OK`)).toContain('not unknown');
});

test('a waiting message can be canceled, once, and its text is not shown', async () => {
  const id = await unknownMessage();
  await client.query("UPDATE delivery SET state = 'backlog' WHERE cdls_id = $1", [id]);
  expect((await runPombo(['message', 'show', String(id), '--json'], env)).out).not.toContain('um segredo');
  expect(await json(`message cancel ${id}`)).toEqual({ cdls_id: id, status: 'CANCELED' });
  expect(await refusal(`message cancel ${id}`)).toContain('too late');
  expect(await refusal('message show 999999')).toContain('no message');
});

test('exit code 2 for what is not understood, 1 for what cannot be done', async () => {
  expect((await runPombo(['line', 'show', 'abc'], env)).code).toBe(2);
  expect((await runPombo(['customer', 'create'], env)).code).toBe(2);
  expect((await runPombo(['fly'], env)).code).toBe(2);
  expect((await runPombo(['--help'], env)).code).toBe(0);
  const nowhere = await runPombo(['list', 'customers', '--json', '--data', '/nonexistent'], {});
  expect(nowhere.code).toBe(1);
  expect(nowhere.err).toContain('DATABASE_URL is not set');
  expect(JSON.parse(nowhere.out)).toEqual({ error: nowhere.err.trim() });
  const unsealed = await runPombo(['line', 'create', '--customer', '1', '--page-token', 'x'], {
    DATABASE_URL: env.DATABASE_URL ?? '',
  });
  expect(unsealed).toMatchObject({ code: 1, err: expect.stringContaining('SEAL_KEY is not set') });
});

test('what these commands changed stands in the audit, with whom the system names', async () => {
  const { rows } = await client.query('SELECT DISTINCT action, who, origin FROM audit ORDER BY action');
  expect(rows.map(({ action }) => action)).toEqual([
    'activate line',
    'allow network',
    'block customer',
    'block tokens',
    'cancel message',
    'create customer',
    'create line',
    'create token',
    'create user',
    'deactivate line',
    'lift ban',
    'pause line',
    'resume line',
    'revoke token',
    'set line app secret',
    'set line on unknown',
    'set line pace',
    'set line token',
    'settle message',
    'unblock customer',
    'unblock tokens',
  ]);
  const { username } = userInfo();
  expect(new Set(rows.map(({ who }) => who))).toEqual(new Set([`command line (${username})`]));
});

async function unknownMessage(): Promise<number> {
  const { rows } = await client.query(
    `WITH message AS (
       INSERT INTO cdls (cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_lane, cdls_status, cdls_expires_at)
       VALUES (1, 1, '5', 'text', 'um segredo', 'now', 'WR', now() + interval '1 hour') RETURNING cdls_id)
     INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, due_at, expires_at, on_unknown, unknown_at)
     SELECT cdls_id, 1, 1, 'now', 'unknown', '5', 'text', now(), now() + interval '1 hour', 'hold', now() FROM message
     RETURNING cdls_id`,
  );
  return Number(rows[0].cdls_id);
}
