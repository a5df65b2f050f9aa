import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { hashToken } from '@pombo/db/token.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignDoor, inside, openCampaignDoor } from '../support/campaign-door.ts';
import type { TestApi } from '../support/doorstep.ts';
import { losingAnswers } from '../support/lost-answer.ts';
import { openUpload } from '../support/open-upload.ts';
import { until } from '../support/until.ts';

let door: CampaignDoor;
/** Takes little and waits for nobody. */
let strict: TestApi;

beforeAll(async () => {
  door = await openCampaignDoor();
  strict = await door.doorstep.openApi({
    campaignLimits: {
      maxRecipients: 10,
      uploadSilenceMs: 200,
      readPast: { bytes: 1_000_000, withinMs: 500 },
    },
  });
});
afterAll(() => door.stop());

const draft = () => door.draft();
const stateOf = async (id: string, upload: string) =>
  inside(await door.call('GET', `/v1/campaigns/${id}/uploads/${upload}`));
const recipientsOf = async (id: string): Promise<number> =>
  inside(await door.call('GET', `/v1/campaigns/${id}`)).recipients;
const open = (id: string, headers: Record<string, string> = {}, port = door.api.port) =>
  openUpload(port, id, { authorization: `Bearer ${door.tsid}`, ...headers });
/** CSV rows of recipients `from` to `to`. */
const rows = (from: number, to: number) => {
  let list = '';
  for (let n = from; n <= to; n += 1) list += `${n},name ${n}\n`;
  return list;
};

async function listed(id: string): Promise<unknown[]> {
  const found = await door.doorstep.database.query(
    'SELECT dest, variables FROM campaign_recipient WHERE campaign_id = $1 ORDER BY number',
    [id],
  );
  return found.map(({ dest, variables }) => [dest, variables]);
}

describe('a list', () => {
  const csv = 'dest,name\n1,Ana\nx\n2,"Bé, to"\n1,Again\n';
  const ndjson = '{"dest":"1","name":"Ana"}\n{}\n{"dest":2,"name":"Bé, to"}\n{"dest":"1"}\n';
  const types: [string, string | Buffer, Record<string, string>][] = [
    ['CSV', csv, { 'content-type': 'text/csv; charset=utf-8; header=present' }],
    ['gzipped CSV', gzipSync(csv), { 'content-type': 'text/csv', 'content-encoding': 'gzip' }],
    ...['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/json-lines'].map(
      (type): [string, string, Record<string, string>] => [type, ndjson, { 'content-type': type }],
    ),
    ['gzipped NDJSON', gzipSync(ndjson), { 'content-type': 'application/x-ndjson', 'content-encoding': 'GZIP' }],
    [
      'NDJSON that says it is not encoded',
      ndjson,
      { 'content-type': 'application/jsonl', 'content-encoding': 'identity' },
    ],
  ];

  it.each(types)('may be %s', async (_what, list, headers) => {
    const id = await draft();
    const reply = await door.upload(id, list, { ...headers, 'upload-id': 'list:1' });
    expect([reply.status, reply.headers['cache-control'], reply.headers['upload-id']]).toEqual([
      200,
      'no-store',
      'list:1',
    ]);
    expect(inside(reply)).toEqual({
      upload: 'list:1',
      complete: true,
      broken: null,
      rows: 4,
      recipients: 2,
      duplicates: 1,
      bad: 1,
      errors: [{ row: 2, column: expect.toBeOneOf([null, expect.any(String)]), error: expect.any(String) }],
    });
    expect(await stateOf(id, 'list:1')).toEqual(inside(reply));
    expect(await listed(id)).toEqual([
      ['1', { name: 'Ana' }],
      ['2', { name: 'Bé, to' }],
    ]);
  });

  it('of many rows is taken in parts, and several lists make one', async () => {
    const id = await draft();
    const first = inside(await door.upload(id, `dest,name\n${rows(1, 12_000)}`));
    expect(first).toMatchObject({ complete: true, rows: 12_000, recipients: 12_000, duplicates: 0 });
    expect(first.upload).toMatch(/^[0-9a-f-]{36}$/);
    const second = inside(await door.upload(id, `dest\n${rows(11_001, 13_000).replaceAll(/,.*/g, '')}`));
    expect(second).toMatchObject({ complete: true, rows: 2000, recipients: 1000, duplicates: 1000 });
    expect(second.upload).not.toBe(first.upload);
    expect(await recipientsOf(id)).toBe(13_000);
  });

  it('names its first thousand bad rows and counts them all', async () => {
    const id = await draft();
    const { bad, errors, recipients } = inside(await door.upload(id, `dest,name\n${',x\n'.repeat(1500)}7,x\n`));
    expect([bad, errors.length, recipients]).toEqual([1500, 1000, 1]);
    expect(errors[999]).toMatchObject({ row: 1000, column: 'dest' });
  });

  it('that is complete is not read again, whatever comes with its name', async () => {
    const id = await draft();
    const first = await door.upload(id, 'dest\n1\n', { 'upload-id': 'once' });
    const again = await door.upload(id, 'dest\n1\n2\n3\n', { 'upload-id': 'once' });
    expect([again.status, again.text]).toEqual([200, first.text]);
    await door.call('POST', `/v1/campaigns/${id}/start`);
    const afterwards = await door.upload(id, 'dest\n1\n', { 'upload-id': 'once' });
    expect([afterwards.status, afterwards.text]).toEqual([200, first.text]);
    expect((await door.upload(id, 'dest\n1\n', { 'upload-id': 'another' })).status).toBe(409);
    expect(await recipientsOf(id)).toBe(1);
  });
});

describe('a list that breaks off', () => {
  it('says how far it is committed, and goes on from there', async () => {
    const id = await draft();
    const list = `dest,name\n${rows(1, 6000)}6001,"never closed\n${rows(6002, 6010)}`;
    const reply = await door.upload(id, list, { 'upload-id': 'a' });
    expect([reply.status, reply.headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
    const problem = inside(reply);
    expect(problem).toMatchObject({
      status: 400,
      upload: 'a',
      complete: false,
      recipients: 6000,
      duplicates: 0,
      bad: 0,
    });
    expect(problem.detail).toMatch(/^row 6001, column name: /);
    expect(problem.rows).toBe(6000);
    expect(await stateOf(id, 'a')).toMatchObject({ complete: false, broken: problem.detail, rows: 6000 });
    const mended = inside(await door.upload(id, list.replace('"never', 'never'), { 'upload-id': 'a' }));
    expect(mended).toMatchObject({ complete: true, broken: null, rows: 6010, recipients: 6010, duplicates: 0, bad: 0 });
  });

  it('with its connection is committed as far as it came, and goes on when it is sent again', async () => {
    const id = await draft();
    const upload = open(id, { 'upload-id': 'cut' });
    await upload.send(`dest,name\n${rows(1, 7000)}7001,half a na`);
    await until(async () => (await stateOf(id, 'cut')).rows >= 5000);
    upload.breakOff();
    await until(async () => (await stateOf(id, 'cut')).broken);
    expect(await stateOf(id, 'cut')).toMatchObject({
      complete: false,
      rows: 7000,
      recipients: 7000,
      broken: 'the connection was lost',
    });
    const again = inside(await door.upload(id, `dest,name\n${rows(1, 7500)}`, { 'upload-id': 'cut' }));
    expect(again).toMatchObject({ complete: true, rows: 7500, recipients: 7500, duplicates: 0 });
    expect((await listed(id))[7000]).toEqual(['7001', { name: 'name 7001' }]);
  });

  it('must go on as the list it was', async () => {
    const id = await draft();
    await door.upload(id, `dest,name\n${rows(1, 5)}6,"\n`, { 'upload-id': 'a' });
    const other = await door.upload(id, `dest,name\n${rows(1, 3)}`, { 'upload-id': 'a' });
    expect([other.status, inside(other).detail]).toEqual([400, expect.stringContaining('it is another list')]);
    expect(inside(other)).toMatchObject({ complete: false, rows: 5 });
  });

  it('because its sender falls silent is answered 408', async () => {
    const id = await draft();
    const upload = open(id, { 'upload-id': 'a' }, strict.port);
    await upload.send('dest\n1\n2\n3');
    const reply = await upload.answer;
    expect([reply.status, reply.headers.connection]).toEqual([408, 'close']);
    expect(inside(reply)).toMatchObject({
      upload: 'a',
      complete: false,
      rows: 2,
      recipients: 2,
      broken: 'the sender fell silent',
    });
  });

  it('because the campaign is started meanwhile is answered at once', async () => {
    const id = await door.draft({ mdata: 'Hello' });
    const upload = open(id, { 'upload-id': 'a' });
    await upload.send(`dest\n${rows(1, 5000).replaceAll(/,.*/g, '')}`);
    await until(async () => (await stateOf(id, 'a')).rows === 5000);
    expect((await door.call('POST', `/v1/campaigns/${id}/start`)).status).toBe(200);
    await upload.send(rows(5001, 10_000).replaceAll(/,.*/g, ''));
    const reply = await upload.answer;
    expect([reply.status, inside(reply)]).toEqual([
      409,
      expect.objectContaining({
        detail: 'the campaign is running, no draft',
        upload: 'a',
        rows: 5000,
        recipients: 5000,
      }),
    ]);
    expect(await recipientsOf(id)).toBe(5000);
  });

  it('because there would be too many recipients is answered 413, with nothing of what was too much', async () => {
    const id = await draft();
    const send = (list: string) =>
      strict.ask({
        path: `/v1/campaigns/${id}/recipients`,
        body: list,
        headers: { authorization: `Bearer ${door.tsid}`, 'content-type': 'text/csv' },
      });
    expect((await send('dest\n1\n2\n3\n4\n5\n6\n7\n')).status).toBe(200);
    const reply = await send('dest\n6\n7\n8\n9\n10\n11\n');
    expect([reply.status, inside(reply)]).toEqual([
      413,
      expect.objectContaining({
        detail: 'a campaign has at most 10',
        broken: 'a campaign has at most 10 recipients',
        rows: 0,
        recipients: 0,
      }),
    ]);
    // Those who are on it already are no more.
    expect(inside(await send('dest\n5\n6\n7\n8\n9\n10\n10\n'))).toMatchObject({
      complete: true,
      recipients: 3,
      duplicates: 4,
    });
    expect(await recipientsOf(id)).toBe(10);
  });

  it('because it has far more rows than a campaign recipients is answered 400', async () => {
    const reply = await strict.ask({
      path: `/v1/campaigns/${await draft()}/recipients`,
      body: gzipSync(`dest\n1\n${'\n'.repeat(1_000_000)}`),
      headers: { authorization: `Bearer ${door.tsid}`, 'content-type': 'text/csv' },
    });
    expect([reply.status, inside(reply)]).toEqual([
      400,
      expect.objectContaining({ detail: 'row 101: a list has at most 100 rows', rows: 100, recipients: 1 }),
    ]);
  });

  it('because its token is revoked is answered 401, with nothing of what came afterwards', async () => {
    const id = await draft();
    const token = await door.doorstep.addToken(door.customerId);
    const upload = open(id, { 'upload-id': 'a', authorization: `Bearer ${token}` });
    await upload.send(`dest,name\n${rows(1, 5000)}`);
    await until(async () => (await stateOf(id, 'a')).rows === 5000);
    await door.doorstep.database.query('UPDATE cd_psid SET psid_revoked_at = now() WHERE psid_hash = $1', [
      hashToken(token),
    ]);
    await until(async () => (await door.call('GET', '/v1/campaigns', undefined, { as: token })).status === 401);
    await upload.send(rows(5001, 11_000));
    const reply = await upload.answer;
    expect([reply.status, inside(reply)]).toEqual([
      401,
      expect.objectContaining({ upload: 'a', rows: 5000, broken: 'its sender may not add to it any more' }),
    ]);
    upload.breakOff();
    expect(await recipientsOf(id)).toBe(5000);
  });

  it('because the process stops says so, and nothing is lost', async () => {
    const id = await draft();
    const stopping = await door.doorstep.openApi();
    const upload = open(id, { 'upload-id': 'a' }, stopping.port);
    await upload.send(`dest\n${rows(1, 5500).replaceAll(/,.*/g, '')}`);
    await until(async () => (await stateOf(id, 'a')).rows === 5000);
    const closed = stopping.close();
    const reply = await upload.answer;
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    expect(inside(reply)).toMatchObject({ upload: 'a', rows: 5500, recipients: 5500, complete: false });
    upload.breakOff();
    await closed;
  });
});

describe('two requests', () => {
  it('at one upload are one: what one commits the other does not', async () => {
    const id = await draft();
    const list = `dest,name\n${rows(1, 20_000)}`;
    const replies = await Promise.all([1, 2, 3].map(() => door.upload(id, list, { 'upload-id': 'same' })));
    for (const reply of replies) expect([200, 409]).toContain(reply.status);
    const final = inside(await door.upload(id, list, { 'upload-id': 'same' }));
    expect(final).toMatchObject({ complete: true, rows: 20_000, recipients: 20_000, duplicates: 0 });
    expect(await recipientsOf(id)).toBe(20_000);
  });

  it('at two uploads fill one list', async () => {
    const id = await draft();
    const halves = await Promise.all([
      door.upload(id, `dest,name\n${rows(1, 12_000)}`, { 'upload-id': 'a' }),
      door.upload(id, `dest,name\n${rows(10_001, 20_000)}`, { 'upload-id': 'b' }),
    ]);
    expect(halves.map((reply) => [reply.status, inside(reply).complete])).toEqual(Array(2).fill([200, true]));
    expect(halves.reduce((sum, reply) => sum + inside(reply).recipients, 0)).toBe(20_000);
    expect(await recipientsOf(id)).toBe(20_000);
  });

  it('more than a process takes of one account at once are told to come again', async () => {
    const few = await door.doorstep.openApi({ campaignLimits: { maxUploads: 4 } });
    const id = await draft();
    const inTurn = ['a', 'b'].map((name) => open(id, { 'upload-id': name }, few.port));
    await Promise.all(inTurn.map((upload) => upload.send('dest\n1\n')));
    // Once they are known, they are being taken.
    for (const name of ['a', 'b']) await until(async () => (await stateOf(id, name)).rows === 0);
    const third = open(id, {}, few.port);
    third.end();
    const reply = await third.answer;
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '10']);
    expect(inside(reply).detail).toContain('this account');
    for (const upload of inTurn) upload.breakOff();
    await few.close();
  });
});

describe('what is refused', () => {
  it.each<[string, Record<string, string>, number, RegExp]>([
    ['no type', { 'content-type': '' }, 415, /text\/csv/],
    ['JSON', { 'content-type': 'application/json' }, 415, /application\/x-ndjson/],
    ['a type that is none', { 'content-type': 'constructor' }, 415, /./],
    ['an encoding nobody knows', { 'content-encoding': 'br' }, 415, /gzip/],
    ['an Upload-Id with a space', { 'upload-id': 'a b' }, 400, /Upload-Id/],
    ['an Upload-Id that is too long', { 'upload-id': 'a'.repeat(65) }, 400, /Upload-Id/],
  ])('%s', async (_what, headers, status, detail) => {
    const id = await draft();
    const reply = await door.upload(id, 'dest\n1\n', headers);
    expect([reply.status, inside(reply).detail]).toEqual([status, expect.stringMatching(detail)]);
    if (status === 415) expect(reply.headers['accept-post']).toContain('text/csv, application/x-ndjson');
    expect(await recipientsOf(id)).toBe(0);
  });

  it.each<[string, string | Buffer, Record<string, string>]>([
    ['nothing', '', {}],
    ['a workbook', Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), {}],
    ['UTF-16', Buffer.from('dest\n1\n', 'utf16le'), {}],
    ['no column for the recipient', 'name\nAna\n', {}],
    ['what says gzip and is not', 'dest\n1\n', { 'content-encoding': 'gzip' }],
    ['gzip that ends in the middle', gzipSync('dest\n1\n').subarray(0, 15), { 'content-encoding': 'gzip' }],
    ['a line that never ends', `dest,name\n1,${'x'.repeat(3_000_000)}`, {}],
    ['gigabytes in a few bytes', gzipSync(`dest,name\n1,${'x'.repeat(50_000_000)}`), { 'content-encoding': 'gzip' }],
  ])('%s', async (_what, list, headers) => {
    const id = await draft();
    const reply = await door.upload(id, list, { 'upload-id': 'a', ...headers });
    expect([reply.status, inside(reply)]).toEqual([
      400,
      expect.objectContaining({ upload: 'a', rows: 0, recipients: 0 }),
    ]);
    expect(inside(reply).broken).toBe(inside(reply).detail);
  });

  it('is answered while it is still being sent', async () => {
    const id = await draft();
    for (const [path, headers, status] of [
      ['999999999', {}, 404],
      [id, { 'content-type': 'application/json' }, 415],
      [id, { authorization: 'Bearer nobody-knows-this-one' }, 401],
    ] as const) {
      const upload = open(path, headers);
      await upload.send('dest\n1\n');
      const reply = await upload.answer;
      expect([reply.status, reply.headers.connection]).toEqual([status, 'close']);
      upload.end();
    }
    expect(await recipientsOf(id)).toBe(0);
  });

  it('is heard by a sender who listens only when all is sent', async () => {
    const socket = connect(door.api.port, '127.0.0.1');
    const piece = '1\n'.repeat(32_768);
    const pieces = 200;
    socket.pause();
    socket.write(
      [
        'POST /v1/campaigns/999999999/recipients HTTP/1.1',
        'Host: pombo',
        `Authorization: Bearer ${door.tsid}`,
        'Content-Type: text/csv',
        `Content-Length: ${piece.length * pieces}`,
        '',
        '',
      ].join('\r\n'),
    );
    // More than the buffers between the two hold: the server has to read on.
    for (let sent = 0; sent < pieces; sent += 1) {
      await new Promise<void>((resolve, reject) => socket.write(piece, (error) => (error ? reject(error) : resolve())));
    }
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('is not listened to for ever', async () => {
    const upload = open('999999999', {}, strict.port);
    await upload.send('dest\n');
    expect((await upload.answer).status).toBe(404);
    const closed = new Promise((resolve) => upload.request.once('close', resolve));
    await closed;
    upload.breakOff();
  });
});

it('a list that takes longer than an ordinary body may is taken', async () => {
  // The limit is kept request by request; this list has been let in and is excused.
  const id = await draft();
  const upload = open(id, { 'upload-id': 'slow' });
  await upload.send('dest\n');
  for (let n = 1; n <= 20; n += 1) await upload.send(`${n}\n`);
  upload.end();
  expect(inside(await upload.answer)).toMatchObject({ complete: true, recipients: 20 });
});

it('that is complete, and cannot be shown, is not said to be in other hands', async () => {
  const api = await door.doorstep.openApi({
    seeDatabase: (own) => losingAnswers(own, (text) => text.includes('FROM campaign_upload u')),
  });
  const id = await draft();
  const reply = await api.ask({
    path: `/v1/campaigns/${id}/recipients`,
    body: 'dest\n1\n',
    headers: { authorization: `Bearer ${door.tsid}`, 'content-type': 'text/csv', 'upload-id': 'a' },
  });
  expect([reply.status, inside(reply)]).toEqual([503, expect.objectContaining({ upload: 'a', rows: 1 })]);
  expect((await stateOf(id, 'a')).complete).toBe(true);
  await api.close();
});

it('no upload of that name is 404', async () => {
  const id = await draft();
  expect((await door.call('GET', `/v1/campaigns/${id}/uploads/none`)).status).toBe(404);
  expect((await door.call('GET', `/v1/campaigns/${id}/uploads/a%20b`)).status).toBe(404);
});

it('while the database is silent hears what is certain, and goes on when it is back', async () => {
  const id = await draft();
  const list = `dest,name\n${rows(1, 11_000)}`;
  const upload = open(id, { 'upload-id': 'a' });
  await upload.send(`dest,name\n${rows(1, 5000)}`);
  await until(async () => (await stateOf(id, 'a')).rows === 5000);
  await door.doorstep.postgres.freeze();
  await upload.send(rows(5001, 11_000));
  upload.end();
  const reply = await upload.answer;
  await door.doorstep.postgres.thaw();
  expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
  expect(inside(reply)).toMatchObject({ upload: 'a', rows: 5000, detail: expect.stringContaining('Upload-Id') });
  let final = await door.upload(id, list, { 'upload-id': 'a' });
  // The first question after such a silence may meet a connection that was given up.
  for (let again = 0; final.status === 503 && again < 20; again += 1) {
    final = await door.upload(id, list, { 'upload-id': 'a' });
  }
  expect(inside(final)).toMatchObject({ complete: true, rows: 11_000, recipients: 11_000, duplicates: 0 });
});

it('memory stays flat, however long the list is', async () => {
  const id = await draft();
  const before = process.memoryUsage().heapUsed + process.memoryUsage().external;
  const upload = open(id, { 'upload-id': 'long' });
  await upload.send('dest,name\n');
  let most = 0;
  for (let part = 0; part < 40; part += 1) {
    await upload.send(rows(part * 5000 + 1, (part + 1) * 5000));
    const used = process.memoryUsage().heapUsed + process.memoryUsage().external;
    most = Math.max(most, used - before);
  }
  upload.end();
  expect(inside(await upload.answer)).toMatchObject({ complete: true, recipients: 200_000 });
  expect(most).toBeLessThan(150 * 2 ** 20);
});
