import { once } from 'node:events';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { run } from '../../apps/pombo/src/program.ts';
import { events, FakeCampaignApi, json, problem } from '../support/fake-campaign-api.ts';
import { runPombo, startPombo } from '../support/pombo-command.ts';

const fake = new FakeCampaignApi();
let api: string;
let folder: string;

const counts = {
  waiting: 3,
  queued: 0,
  sending: 0,
  sent: 4,
  failed: 2,
  unknown: 1,
  invalid: 0,
  excluded: 0,
  canceled: 0,
};

const campaign = {
  id: 7,
  name: 'Natal',
  line: 1234,
  state: 'draft',
  because: null,
  mtype: 'text',
  mdata: 'Oi {{nome}}',
  defaults: { nome: 'você' },
  rate: null,
  priority: 0,
  time_zone: 'UTC',
  time_start: null,
  time_end: null,
  date_start: null,
  date_end: null,
  on_unknown: 'hold',
  validity: 604800,
  max_failed_percent: null,
  max_unknown: null,
  recipients: 10,
  counts,
  rate_now: 0,
  eta: null,
  created_at: '2026-12-01T10:00:00.000Z',
  starts_at: null,
  started_at: null,
  first_sent_at: null,
  last_sent_at: null,
  ended_at: null,
  reasons: [],
};

const upload = { upload: 'u', complete: true, rows: 3, recipients: 2, duplicates: 0, bad: 1, errors: [] };
const progress = (state: string, more: object = {}) => ({
  state,
  because: null,
  recipients: 10,
  counts,
  rate_now: 5,
  eta: null,
  reasons: [],
  ...more,
});

beforeAll(async () => {
  api = await fake.start();
  folder = await mkdtemp(join(tmpdir(), 'pombo-campaign-'));
});

beforeEach(() => {
  fake.forget();
  fake.on('GET /v1/campaigns/7', json(campaign));
});

afterAll(async () => {
  fake.stop();
  await rm(folder, { recursive: true, force: true });
});

const account = () => ['--tsid', 'secret', '--api', api];

function pombo(words: readonly string[], input = '') {
  return runPombo([...words, ...account()], {}, input);
}

async function inJson(words: readonly string[], input = '') {
  const { code, out, err } = await pombo([...words, '--json'], input);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

test('a campaign is made with what was said, and nothing else', async () => {
  fake.on('POST /v1/campaigns', json(campaign, 201));
  const words = ['campaign', 'create', '--name', 'Natal', '--line', '1234', '--mdata', 'Oi {{nome}}'];
  const { code, out } = await pombo([...words, '--default', 'nome=você', '--default', 'x=a=b', '--priority', '-5']);
  expect(code).toBe(0);
  expect(out).toContain('Campaign 7 was made');
  expect(out).toContain('npx pombo campaign add 7 list.csv');
  const [asked] = fake.asked;
  expect(asked?.headers.authorization).toBe('Bearer secret');
  expect(fake.bodies('POST /v1/campaigns')).toEqual([
    {
      name: 'Natal',
      line: 1234,
      mtype: 'text',
      mdata: 'Oi {{nome}}',
      defaults: { nome: 'você', x: 'a=b' },
      priority: -5,
    },
  ]);
  expect(await inJson(words)).toMatchObject({ id: 7, state: 'draft' });
  expect((await pombo(['campaign', 'create', '--name', 'N'])).code).toBe(2);
  expect((await pombo([...words, '--default', 'nome'])).code).toBe(2);
});

test('what the API has against it is said, and an API that is not there', async () => {
  const detail = 'max_unknown must be >= 0';
  fake.on('POST /v1/campaigns', problem(400, 'bad request', { detail }));
  const words = ['campaign', 'create', '--name', 'N', '--line', '1', '--mdata', 'x', '--max-unknown', '-1'];
  const refused = await pombo([...words, '--json']);
  expect(refused).toMatchObject({ code: 1, err: `The API answered 400: bad request: ${detail}\n` });
  expect(JSON.parse(refused.out)).toEqual({ error: `The API answered 400: bad request: ${detail}` });
  const gone = await runPombo(['campaign', 'show', '7', '--tsid', 'x', '--api', 'http://127.0.0.1:1'], {});
  expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('does not answer') });
  const nobody = await runPombo(['campaign', 'show', '7', '--api', api, '--data', folder], {});
  expect(nobody).toMatchObject({ code: 1, err: 'Name the account with POMBO_TSID or --tsid.\n' });
});

const recipients = 'POST /v1/campaigns/7/recipients';
const sentLists = () => fake.asked.filter(({ what }) => what === recipients);

test('a file is sent as its name says, and the same file has the same Upload-Id', async () => {
  fake.on(recipients, json(upload));
  const csv = await file('list.csv', 'psid,nome\n1,Ana\n2,Bia\n');
  const { code, out } = await pombo(['campaign', 'add', '7', csv]);
  expect(code).toBe(0);
  expect(out).toContain('2 recipients added from list.csv (3 rows read, 1 bad)');
  await pombo(['campaign', 'add', '7', csv]);
  await utimes(csv, new Date(), new Date(Date.now() + 5_000));
  await pombo(['campaign', 'add', '7', csv]);
  const packed = await file('list.jsonl.gz', gzipSync('{"psid":"1"}\n'));
  await pombo(['campaign', 'add', '7', packed, '--upload-id', 'mine']);
  const [first, again, changed, gzipped] = sentLists();
  expect(first?.headers).toMatchObject({
    'content-type': 'text/csv',
    'upload-id': expect.stringMatching(/^[\w.:-]{1,64}$/),
  });
  expect(first?.headers).not.toHaveProperty('content-encoding');
  expect(first?.body.toString()).toBe('psid,nome\n1,Ana\n2,Bia\n');
  expect(again?.headers['upload-id']).toBe(first?.headers['upload-id']);
  expect(changed?.headers['upload-id']).not.toBe(first?.headers['upload-id']);
  expect(gzipped?.headers).toMatchObject({
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
    'upload-id': 'mine',
  });
  expect(gzipped?.body).toEqual(gzipSync('{"psid":"1"}\n'));
});

test('a list comes from standard input as well', async () => {
  fake.on(recipients, json(upload));
  expect(await inJson(['campaign', 'add', '7', '-', '--format', 'ndjson'], '{"psid":"1"}\n')).toEqual(upload);
  await pombo(['campaign', 'add', '7'], 'psid\n1\n');
  expect(sentLists().map(({ headers, body }) => [headers['content-type'], body.toString()])).toEqual([
    ['application/x-ndjson', '{"psid":"1"}\n'],
    ['text/csv', 'psid\n1\n'],
  ]);
});

test('nothing is sent of a list that cannot be read or that nobody can name', async () => {
  const strange = await file('list.txt', '1\n');
  for (const [name, because] of [
    [strange, '--format'],
    [join(folder, 'none.csv'), 'There is no file'],
    [folder, 'is a folder'],
  ] as const) {
    expect(await pombo(['campaign', 'add', '7', name])).toMatchObject({
      code: 1,
      err: expect.stringContaining(because),
    });
  }
  fake.on('GET /v1/campaigns/7', problem(404, 'No such campaign'));
  expect((await pombo(['campaign', 'add', '7', '-'], '1\n')).err).toContain('No such campaign');
  expect(sentLists()).toEqual([]);
});

test('bad rows are said, the first ten by name', async () => {
  const errors = Array.from({ length: 12 }, (_, at) => ({ row: at + 2, column: 'psid', error: 'not digits' }));
  fake.on(recipients, json({ ...upload, rows: 20, bad: 15, errors }));
  const { code, out } = await pombo(['campaign', 'add', '7'], 'psid\nx\n');
  expect(code).toBe(0);
  expect(out).toContain('  row 11, column psid: not digits\n  and 5 more bad rows\n');
  expect(out).not.toContain('row 12');
});

test('a broken list ends with what is wrong, and where it goes on', async () => {
  const detail = 'row 4, column nome: a quote is not closed';
  const reached = { upload: 'u', rows: 3, recipients: 2, duplicates: 0, bad: 1 };
  const errors = [{ row: 2, column: 'psid', error: 'empty' }];
  fake.on(recipients, problem(400, 'broken list', { detail, ...reached, errors }));
  const csv = await file('broken.csv', 'psid,nome\n1,"Ana\n');
  const { code, out, err } = await pombo(['campaign', 'add', '7', csv, '--json']);
  expect(code).toBe(1);
  expect(err).toContain(detail);
  expect(err).toContain('row 2, column psid: empty');
  expect(err).toContain('Its first 3 rows are done with');
  expect(JSON.parse(out)).toMatchObject({ error: expect.stringContaining(detail), ...reached, errors });
  expect(sentLists()).toHaveLength(1);
});

test('a file whose connection is lost begins again with the same Upload-Id, and says where it goes on', async () => {
  const csv = await file('long.csv', `psid\n${'1234567890\n'.repeat(50_000)}`);
  const uploads = 'GET /v1/campaigns/7/uploads/mine';
  fake.on(uploads, problem(404, 'No such upload'), json({ ...upload, complete: false, rows: 12 }));
  fake.on(
    recipients,
    (_response, request, _read) => void request.once('data', () => request.socket.destroy()),
    json(upload),
  );
  const { code, out, err } = await pombo(['campaign', 'add', '7', csv, '--upload-id', 'mine']);
  expect({ code, out: out.slice(0, 18) }).toEqual({ code: 0, out: '2 recipients added' });
  expect(err).toMatch(/connection was lost \(.+\). Once more in 1 s\.\nThe list goes on after row 12\.\n$/);
  expect(sentLists().map(({ headers }) => headers['upload-id'])).toEqual(['mine', 'mine']);
  expect(sentLists()[1]?.body.length).toBe(550_005);
});

test('standard input cannot begin again: what to type is said', async () => {
  fake.on(recipients, (_response, request, _read) => void request.once('data', () => request.socket.destroy()));
  const { code, err } = await pombo(['campaign', 'add', '7', '-', '--upload-id', 'mine'], 'psid\n1\n');
  expect(code).toBe(1);
  expect(err).toContain('--upload-id mine');
  expect(sentLists()).toHaveLength(1);
});

test('a list that is complete is not sent again, and one that is not goes on', async () => {
  const csv = await file('twice.csv', 'psid\n1\n');
  const words = ['campaign', 'add', '7', csv, '--upload-id', 'mine'];
  fake.on('GET /v1/campaigns/7/uploads/mine', json(upload));
  expect(await inJson(words)).toEqual(upload);
  expect((await pombo(words)).out).toContain('Nothing was sent: all of twice.csv is there');
  expect(sentLists()).toEqual([]);
  fake.on('GET /v1/campaigns/7/uploads/mine', json({ ...upload, complete: false }));
  fake.on(recipients, json(upload));
  expect((await pombo(words)).err).toBe('The list goes on after row 3.\n');
});

test('an answer that comes before the list has ended ends the command', async () => {
  const held = new PassThrough();
  fake.on(recipients, (response, request, _read) => {
    request.once('data', () => problem(409, 'It is running', { detail: 'state: running' })(response));
  });
  const errors: string[] = [];
  const ending = run({
    ...surroundings(),
    words: ['campaign', 'add', '7', ...account()],
    stdin: held,
    err: (line) => errors.push(line),
  });
  held.write('psid\n1\n');
  expect(await ending).toBe(1);
  expect(errors).toEqual(['The API answered 409: It is running: state: running']);
  expect(held.destroyed).toBe(true);
});

test.each([
  ['OK', 0, 'Sent as message 31'],
  ['ERROR', 1, 'was not sent: ERROR (400, refused: recipient)'],
  ['WR', 1, 'Nobody knows whether message 31 arrived'],
])('a test message is waited for: %s', async (status, code, said) => {
  const message = { cdls_id: 31, status: 'PENDING', return_code: null, message_id: null, status_delivery: null };
  const settled = { ...message, status, return_code: 400, message_id: 'm_1', status_delivery: 'refused: recipient' };
  fake.on('POST /v1/campaigns/7/test', json({ cdls_id: 31, mdata: 'Oi Ana' }, 202));
  fake.on('GET /v1/messages/31', json(message), json(settled));
  const ran = await pombo(['campaign', 'test', '7', '--dest', '55', '--var', 'nome=Ana']);
  expect(ran.code).toBe(code);
  expect(ran.out + ran.err).toContain(said);
  expect(fake.bodies('POST /v1/campaigns/7/test')).toEqual([{ dest: '55', variables: { nome: 'Ana' } }]);
});

test('a test message is looked for until it can be seen, and always named', async () => {
  fake.on('POST /v1/campaigns/7/test', json({ cdls_id: 31, mdata: 'Oi Ana' }, 202));
  const sent = { cdls_id: 31, status: 'OK', return_code: 200, message_id: 'm_1', status_delivery: null };
  fake.on('GET /v1/messages/31', problem(503, 'unavailable'), problem(429, 'slowly'), json(sent));
  expect(await pombo(['campaign', 'test', '7', '--dest', '55'])).toMatchObject({ code: 0, err: '' });
  fake.on('GET /v1/messages/31', problem(401, 'revoked'));
  const { code, out, err } = await pombo(['campaign', 'test', '7', '--dest', '55', '--json']);
  expect({ code, json: JSON.parse(out) }).toMatchObject({ code: 1, json: { cdls_id: 31 } });
  expect(err).toContain('Message 31 was accepted');
});

test('a campaign is changed as it was said, and the account may stand in the environment', async () => {
  fake.on('PATCH /v1/campaigns/7', json({ ...campaign, rate: 2 }));
  const words = ['campaign', 'change', '7', '--rate', '2', '--time-start', '09:00', '--api', api];
  expect((await runPombo(words, { POMBO_TSID: 'from the shell' })).out).toContain('at most 2/s');
  expect(fake.bodies('PATCH /v1/campaigns/7')).toEqual([{ rate: 2, time_start: '09:00' }]);
  expect(fake.asked[0]?.headers.authorization).toBe('Bearer from the shell');
});

test('a preview and a dry run', async () => {
  const row = { row: 2, dest: '55', mdata: 'Oi Ana', error: null, excluded: false };
  fake.on('GET /v1/campaigns/7/preview?row=2', json(row));
  fake.on('GET /v1/campaigns/7/preview?row=1', json({ ...row, row: 1, mdata: null, error: 'no value for {{nome}}' }));
  expect((await pombo(['campaign', 'preview', '7', '--row', '2'])).out).toBe('Recipient 2, 55\n\nOi Ana\n');
  expect((await pombo(['campaign', 'preview', '7'])).out).toContain('Gets nothing: no value for {{nome}}.');
  const refused = [{ reason: 'no value for {{nome}}', count: 1200, example: { row: 3, dest: '56' } }];
  const run = { recipients: 10_000, sendable: 8_799, refused, excluded: 1 };
  fake.on('POST /v1/campaigns/7/dry-run', json(run));
  const { out } = await pombo(['campaign', 'dry-run', '7']);
  expect(out).toContain('Of 10,000 recipients, 8,799 would be sent to, 1,200 would not, and 1 are excluded.');
  expect(out).toContain('1,200  no value for {{nome}}  row 3, 56');
  expect(await inJson(['campaign', 'dry-run', '7'])).toEqual(run);
});

test('a campaign is started, paused, taken up again, canceled and deleted', async () => {
  const at = (state: string, more: object = {}) => json({ ...campaign, state, ...more });
  fake.on('POST /v1/campaigns/7/start', at('scheduled', { starts_at: '2026-12-24T12:00:00.000Z' }));
  const later = await pombo(['campaign', 'start', '7', '--at', '2026-12-24T09:00-03:00']);
  expect(later.out).toBe('Campaign 7 starts at 2026-12-24 12:00:00. 3 wait.\n');
  expect(fake.bodies('POST /v1/campaigns/7/start')).toEqual([{ at: '2026-12-24T12:00:00.000Z' }]);
  fake.on('POST /v1/campaigns/7/pause', at('paused'));
  expect((await pombo(['campaign', 'pause', '7'])).out).toContain('paused. 3 wait');
  fake.on('POST /v1/campaigns/7/resume', at('running'));
  expect((await pombo(['campaign', 'resume', '7', '--scope', 'failed'])).out).toContain('campaign watch 7');
  expect(fake.bodies('POST /v1/campaigns/7/resume')).toEqual([{ scope: 'failed' }]);
  fake.on('POST /v1/campaigns/7/cancel', at('canceled'));
  expect(await inJson(['campaign', 'cancel', '7'])).toMatchObject({ id: 7, state: 'canceled' });
  fake.on('DELETE /v1/campaigns/7', json(null, 204), problem(409, 'Not a draft', { detail: 'it is running' }));
  expect(await inJson(['campaign', 'delete', '7'])).toEqual({ id: 7, deleted: true });
  expect((await pombo(['campaign', 'delete', '7'])).err).toContain('409: Not a draft: it is running');
  for (const wrong of [
    ['start', '7', '--at', 'noon'],
    ['resume', '7', '--scope', 'all'],
    ['pause', 'x'],
  ]) {
    expect((await pombo(['campaign', ...wrong])).code).toBe(2);
  }
});

test('a campaign is shown with its reasons, and all of them are listed', async () => {
  const reasons = [{ state: 'failed', code: '100/2018001', because: 'refused: recipient', count: 2 }];
  fake.on('GET /v1/campaigns/7', json({ ...campaign, state: 'stopped', because: 'too many failed', reasons }));
  const { out } = await pombo(['campaign', 'show', '7']);
  expect(out).toMatch(/state +stopped: too many failed/);
  expect(out).toMatch(/list +10 recipients, 70 % done/);
  expect(out).toMatch(/failed +2 +100\/2018001 +refused: recipient/);
  fake.on('GET /v1/campaigns?state=draft', json({ campaigns: [campaign], next: 7 }));
  fake.on('GET /v1/campaigns?state=draft&before=7', json({ campaigns: [{ ...campaign, id: 6 }], next: null }));
  const listed = await inJson(['campaign', 'list', '--state', 'draft']);
  expect(listed.map(({ id }: { id: number }) => id)).toEqual([7, 6]);
});

const stream = 'GET /v1/campaigns/7/events';

test('a campaign is watched over a lost connection to its end', async () => {
  fake.on(
    stream,
    events([{ event: 'progress', id: '100', data: progress('running') }], 'cut'),
    problem(503, 'unavailable'),
    events(
      [
        { event: 'progress', id: '200', data: progress('finished') },
        { event: 'end', id: '201' },
      ],
      'stay',
    ),
  );
  const { code, out, err } = await pombo(['campaign', 'watch', '7']);
  expect({ code, err }).toEqual({ code: 0, err: 'The connection to the API was lost; trying again.\n' });
  expect(out).toMatch(/running {2}70 % of 10 {2}sent 4 {2}failed 2 {2}unknown 1 {2}5.0\/s {2}waiting 3\n/);
  expect(out).toMatch(/Campaign 7 is finished\. 4 sent, 2 failed, 1 unknown, 3 waiting\.\n$/);
  expect(fake.asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '100', '100']);
});

test('for programs every event is one object; a campaign that stopped ends with 1 and says why', async () => {
  const stopped = progress('stopped', { because: 'more than 10 % failed' });
  fake.on(
    stream,
    events(
      [
        { event: 'progress', data: progress('running') },
        { event: 'progress', data: stopped },
      ],
      'stay',
    ),
  );
  fake.on('POST /v1/campaigns/7/start', json({ ...campaign, state: 'running' }));
  const { code, out, err } = await pombo(['campaign', 'start', '7', '--watch', '--json']);
  expect(code).toBe(1);
  const [first, second, last] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toEqual({ event: 'progress', ...progress('running') });
  expect(second).toEqual({ event: 'progress', ...stopped });
  expect(last).toMatchObject({ error: expect.stringContaining('more than 10 % failed'), state: 'stopped' });
  expect(err).toContain('Campaign 7 is stopped: more than 10 % failed.');
});

test('watching needs a campaign that is there', async () => {
  fake.on(stream, problem(404, 'No such campaign'));
  expect(await pombo(['campaign', 'watch', '7'])).toMatchObject({
    code: 1,
    err: 'The API answered 404: No such campaign\n',
  });
});

test('Ctrl-C leaves the campaign alone and says so', async () => {
  fake.on(stream, events([{ event: 'progress', data: progress('running') }], 'stay'));
  let said = '';
  const child = startPombo(['campaign', 'watch', '7', ...account()], {}, (text) => {
    said += text;
  });
  while (!said.includes('70 %')) await sleep(20);
  child.kill('SIGINT');
  // As npx hands it on once more.
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(said).toContain('Campaign 7 is left as it is. Watch it again: npx pombo campaign watch 7');
  expect(fake.asked.map(({ what }) => what)).toEqual([stream]);
});

test('in a terminal one line is drawn again and again, as wide as the terminal', async () => {
  const whole = { ...counts, waiting: 0, sent: 7 };
  fake.on(
    stream,
    events(
      [
        { event: 'progress', data: progress('running') },
        { event: 'progress', data: progress('finished', { counts: whole }) },
      ],
      'stay',
    ),
  );
  const drawn: string[] = [];
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
  stdout.on('data', (chunk) => drawn.push(String(chunk)));
  const code = await run({
    ...surroundings(),
    words: ['campaign', 'watch', '7', ...account()],
    stdout,
    out: (line) => void stdout.write(`${line}\n`),
  });
  await sleep(10);
  expect(code).toBe(0);
  const [bar, full, end, verdict] = drawn;
  expect(bar).toMatch(/^\r\[#+\.+\] {2}70 % {2}sent 4/);
  expect(bar?.length).toBeLessThanOrEqual('\r'.length + 59 + '\x1b[K'.length);
  expect(full).toMatch(/^\r\[#+\] 100 % {2}finished/);
  expect(end).toBe('\n');
  expect(verdict).toContain('Campaign 7 is finished.');
});

test('results go to standard output, or whole into a file', async () => {
  const csv = 'number,psid,state\n1,55,sent\n';
  const body = (text: string) => (response: import('node:http').ServerResponse) => void response.end(text);
  fake.on('GET /v1/campaigns/7/results?format=csv&state=sent', body(csv));
  fake.on('GET /v1/campaigns/7/results?format=ndjson', body('{"number":1}\n'));
  expect((await pombo(['campaign', 'export', '7', '--state', 'sent'])).out).toBe(csv);
  expect(await inJson(['campaign', 'export', '7'])).toEqual({ number: 1 });
  const output = join(folder, 'results.csv');
  const words = ['campaign', 'export', '7', '--state', 'sent', '--output', output];
  expect(await inJson([...words, '--format', 'csv'])).toEqual({ file: output, bytes: csv.length });
  expect(await readFile(output, 'utf8')).toBe(csv);

  fake.on('GET /v1/campaigns/7/results?format=csv', (response) => {
    response.write('number,psid,state\n');
    setTimeout(() => response.destroy(), 100);
  });
  const before = await readdir(folder);
  const broken = await pombo(['campaign', 'export', '7', '--output', join(folder, 'half.csv')]);
  expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('half.csv was not written') });
  expect(await readdir(folder)).toEqual(before);
  expect((await pombo(['campaign', 'export', '7'])).code).toBe(1);
  const inPart = await pombo(['campaign', 'export', '7', '--format', 'csv', '--json']);
  expect(inPart).toMatchObject({ code: 1, out: 'number,psid,state\n' });
  expect(JSON.parse(inPart.err)).toEqual({ error: expect.stringContaining('broke off') });
});

test('results go through a link and to a device, and take the place of neither', async () => {
  fake.on('GET /v1/campaigns/7/results?format=csv', (response) => void response.end('number\n'));
  const kept = await file('kept.csv', 'a longer text than the results are\n');
  const link = join(folder, 'link.csv');
  await symlink(kept, link);
  const to = (output: string) => pombo(['campaign', 'export', '7', '--output', output]);
  expect((await to(link)).code).toBe(0);
  expect(await readFile(kept, 'utf8')).toBe('number\n');
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  // One that nothing but a device could be behind.
  const sink = join(folder, 'sink');
  await symlink('/dev/null', sink);
  expect(await to(sink)).toMatchObject({ code: 0, err: '' });
  expect(await to('/dev/full')).toMatchObject({ code: 1, err: expect.stringContaining('/dev/full does not have all') });
});

test('the exclusion list takes words, files and standard input', async () => {
  fake.on('POST /v1/exclusions', json({ added: 3 }));
  fake.on('POST /v1/exclusions/remove', json({ removed: 1 }));
  const list = await file('no.txt', '\uFEFFpsid\r\n56\r\n\r\n57\r\n');
  expect((await pombo(['exclude', 'add', '55', list, '-'], '58\n')).out).toBe(
    '3 more on the exclusion list; 1 were on it.\n',
  );
  expect(fake.bodies('POST /v1/exclusions')).toEqual([{ dests: ['55', '56', '57', '58'] }]);
  expect(await inJson(['exclude', 'remove', '55'])).toEqual({ removed: 1 });
  const bad = await file('bad.txt', '56\nAna\n');
  expect((await pombo(['exclude', 'add', bad])).err).toContain(`Line 2 of ${bad} is not a PSID`);
  expect((await pombo(['exclude', 'add', join(folder, 'none')])).err).toContain('There is no file');
  expect((await pombo(['exclude', 'add', folder])).code).toBe(1);
  const one = { dest: '55', created_at: '2026-12-01T10:00:00.000Z' };
  fake.on('GET /v1/exclusions', json({ exclusions: [one], next: '55' }));
  fake.on('GET /v1/exclusions?after=55', json({ exclusions: [{ ...one, dest: '56' }], next: null }));
  expect((await pombo(['exclude', 'list'])).out).toBe('55  2026-12-01 10:00:00\n56  2026-12-01 10:00:00\n');
  expect(await inJson(['exclude', 'list'])).toHaveLength(2);
});

/** A process of no account, for what only a terminal shows. */
function surroundings() {
  return {
    env: {},
    house: folder,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    out: () => {},
    err: () => {},
    prompt: () => {},
    onInterrupt: () => {},
  };
}
