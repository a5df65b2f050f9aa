import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { campaignsToFeed, feedCampaign, foldCampaigns, nextRecipients } from '@pombo/db/campaign-feed.ts';
import { readTemplate, renderFor } from '@pombo/domain/template.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignDoor, inside, openCampaignDoor } from '../support/campaign-door.ts';
import type { TestApi } from '../support/doorstep.ts';
import { losingAnswers } from '../support/lost-answer.ts';
import { until } from '../support/until.ts';

let door: CampaignDoor;

beforeAll(async () => {
  door = await openCampaignDoor();
});
afterAll(() => door.stop());

const sql = (text: string, values: unknown[] = []) => door.doorstep.database.query(text, values);

/** Makes the messages of this campaign, as the worker does. */
async function feed(id: string): Promise<void> {
  const { database } = door.doorstep;
  for (;;) {
    const campaign = (await campaignsToFeed(database)).find(({ campaignId }) => campaignId === id);
    if (!campaign || campaign.wanted <= 0) return;
    const next = await nextRecipients(database, campaign);
    const reading = readTemplate(campaign.template);
    if (reading.kind === 'broken') throw new Error(reading.because);
    const content = { type: campaign.type, template: reading.template, defaults: campaign.defaults };
    await feedCampaign(
      database,
      campaign,
      next,
      next.recipients.map((recipient) => renderFor(recipient, content)),
    );
    if (next.done) return;
  }
}

async function messageTo(id: string, dest: string): Promise<string> {
  const [row] = await sql('SELECT cdls_id AS id FROM campaign_recipient WHERE campaign_id = $1 AND dest = $2', [
    id,
    dest,
  ]);
  return String(row?.id);
}

const results = (id: string, query = '') => door.call('GET', `/v1/campaigns/${id}/results${query}`);

/** One of each: sent, failed, queued, invalid; and one whose PSID a spreadsheet would carry out. */
async function mixed(): Promise<string> {
  const id = await door.draft({ mdata: 'Hello {{name}}' });
  await door.upload(id, 'dest,name\n11,Ana\n12,Bé\n13,Cy\n14,\n"=HYPERLINK(""http://x"")",Eve\n');
  await door.call('POST', `/v1/campaigns/${id}/start`);
  await feed(id);
  await door.doorstep.settle(await messageTo(id, '11'), { status: 'OK', returnCode: 200, returnId: 'm_11' });
  await door.doorstep.settle(await messageTo(id, '12'), { status: 'ERROR', returnCode: 400 });
  await sql('UPDATE cdls SET cdls_status_delivery = \'-refused, "so"\' WHERE cdls_id = $1', [
    await messageTo(id, '12'),
  ]);
  return id;
}

describe('results', () => {
  it('are CSV that a spreadsheet cannot be tricked with', async () => {
    const id = await mixed();
    const reply = await results(id);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(reply.headers['content-disposition']).toBe(`attachment; filename="campaign-${id}-results.csv"`);
    expect(reply.headers['cache-control']).toBe('no-store');
    const [header, ...lines] = reply.text.split('\r\n');
    expect(header).toBe('number,psid,state,cdls_id,message_id,return_code,reason,attempts,created_at,settled_at');
    const time = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z';
    const ids = await Promise.all(['11', '12', '13'].map((dest) => messageTo(id, dest)));
    expect(lines).toEqual([
      expect.stringMatching(`^1,11,sent,${ids[0]},m_11,200,,0,${time},${time}$`),
      expect.stringMatching(`^2,12,failed,${ids[1]},,400,"'-refused, ""so""",0,${time},${time}$`),
      expect.stringMatching(`^3,13,queued,${ids[2]},,,,0,${time},$`),
      '4,14,invalid,,,,no value for {{name}},,,',
      `5,"'=HYPERLINK(""http://x"")",invalid,,,,not a PSID: these are digits,,,`,
      '',
    ]);
  });

  it('are NDJSON, with numbers as numbers', async () => {
    const id = await mixed();
    const reply = await results(id, '?format=ndjson');
    expect(reply.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = reply.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toEqual({
      number: 1,
      psid: '11',
      state: 'sent',
      cdls_id: Number(await messageTo(id, '11')),
      message_id: 'm_11',
      return_code: 200,
      reason: null,
      attempts: 0,
      created_at: expect.any(String),
      settled_at: expect.any(String),
    });
    expect(lines.map(({ psid, state }) => [psid, state])).toEqual([
      ['11', 'sent'],
      ['12', 'failed'],
      ['13', 'queued'],
      ['14', 'invalid'],
      ['=HYPERLINK("http://x")', 'invalid'],
    ]);
  });

  it('are of one state if asked', async () => {
    const id = await mixed();
    const reply = await results(id, '?format=ndjson&state=invalid');
    expect(reply.headers['content-disposition']).toContain(`campaign-${id}-invalid.ndjson`);
    expect(
      reply.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).number),
    ).toEqual([4, 5]);
    for (const query of ['?format=xlsx', '?state=done']) expect((await results(id, query)).status).toBe(400);
  });

  it('of a long list come whole, page by page', async () => {
    const id = await door.draft();
    const count = 12_345;
    await door.upload(id, `dest,name\n${Array.from({ length: count }, (_, n) => `${n + 1},x\n`).join('')}`);
    const all = await results(id, '?format=ndjson');
    const lines = all.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    expect((await results(id, '?state=sent')).text.split('\r\n')).toHaveLength(2);
    await door.call('POST', `/v1/campaigns/${id}/cancel`);
    expect((await results(id, '?state=canceled')).text.split('\r\n')).toHaveLength(count + 2);
  });

  it('that cannot be read are a problem and no file', async () => {
    const isPage = (text: string) => text.includes('AS "metaMessageId"');
    const api = await door.doorstep.openApi({ seeDatabase: (own) => losingAnswers(own, isPage) });
    const id = await door.draft();
    for (const format of ['csv', 'ndjson']) {
      const headers = { authorization: `Bearer ${door.tsid}` };
      const reply = await api.ask({ method: 'GET', path: `/v1/campaigns/${id}/results?format=${format}`, headers });
      expect([reply.status, reply.headers['content-type']]).toEqual([503, 'application/problem+json; charset=utf-8']);
      expect(reply.headers).not.toHaveProperty('content-disposition');
    }
    await api.close();
  });

  it('are handed out to few at once', async () => {
    const api = await door.doorstep.openApi({ campaignLimits: { maxDownloads: 0 } });
    const path = `/v1/campaigns/${await door.draft()}/results?tsid=${door.tsid}`;
    const reply = await api.ask({ method: 'GET', path });
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '10']);
    await api.close();
  });

  describe('whose reader takes nothing', () => {
    let id: string;
    beforeAll(async () => {
      id = await door.draft();
      // More than the buffers between the two hold.
      const list = Array.from({ length: 60_000 }, (_, n) => `${n + 1},x\n`).join('');
      await door.upload(id, `dest,name\n${list}`);
    });

    /** Asks and reads no more of the answer than its beginning. */
    async function askOnly(port: number): Promise<Socket> {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.write(`GET /v1/campaigns/${id}/results?format=ndjson&tsid=${door.tsid} HTTP/1.1\r\nHost: pombo\r\n\r\n`);
      await once(socket, 'data');
      socket.pause();
      return socket;
    }
    const connections = (api: TestApi) =>
      new Promise<number>((resolve) => api.api.app.server.getConnections((_error, count) => resolve(count)));

    it('are not waited for for ever', async () => {
      const api = await door.doorstep.openApi({ campaignLimits: { downloadSilenceMs: 300 } });
      const socket = await askOnly(api.port);
      await until(async () => (await connections(api)) === 0);
      socket.destroy();
      await api.close();
    });

    it('do not keep a process that stops', async () => {
      const api = await door.doorstep.openApi();
      const socket = await askOnly(api.port);
      await api.close();
      expect(await connections(api)).toBe(0);
      // The mark of the end never came: nobody can take this part for the whole.
      const rest = (await text(socket).catch(() => '')) ?? '';
      expect(rest.endsWith('0\r\n\r\n')).toBe(false);
    });
  });

  it('stand in the campaign as counts and reasons', async () => {
    const id = await mixed();
    await foldCampaigns(door.doorstep.database);
    const { counts, recipients, reasons, state } = inside(await door.call('GET', `/v1/campaigns/${id}`));
    expect([state, recipients, counts.invalid]).toEqual(['finishing', 5, 2]);
    expect(reasons).toEqual(
      expect.arrayContaining([
        { state: 'invalid', code: null, because: 'no value for {{name}}', count: 1 },
        { state: 'invalid', code: null, because: 'not a PSID: these are digits', count: 1 },
      ]),
    );
  });
});

describe('the log', () => {
  it('shows the messages of a campaign, of any status', async () => {
    const id = await mixed();
    const other = await mixed();
    const list = async (query: string) => {
      const { messages } = inside(await door.call('GET', `/v1/messages?${query}`));
      return messages.map(({ dest, campaign }: { dest: string; campaign: number | null }) => [dest, campaign]);
    };
    const own = Number(id);
    expect(await list(`campaign=${id}`)).toEqual([
      ['13', own],
      ['12', own],
      ['11', own],
    ]);
    expect(await list(`campaign=${id}&status=OK`)).toEqual([['11', own]]);
    expect(await list(`campaign=${id}&status=PENDING`)).toEqual([['13', own]]);
    expect(await list(`campaign=${id}&status=ERROR`)).toEqual([['12', own]]);
    expect(await list(`campaign=${id}&dest=12`)).toEqual([['12', own]]);
    expect(await list(`campaign=${other}&limit=1`)).toEqual([['13', Number(other)]]);
    for (const status of ['', '&status=PENDING']) expect(await list(`campaign=0${status}`)).toEqual([]);
    expect(inside(await door.call('GET', `/v1/messages/${await messageTo(id, '11')}`)).campaign).toBe(own);
  });
});

describe('a preview', () => {
  it('is what one recipient would get, in the order of the list', async () => {
    const id = await door.draft({ mdata: 'Hello {{name}}, {{what}}', defaults: { what: 'well' } });
    // Those who are there already leave a gap in the numbers and none in the order.
    await door.upload(id, 'dest,name,what\n1,Ana,\n1,Ana,\n1,Ana,\n2,Bé,ill\n3,,\n4,Dé,\n');
    await door.call('POST', '/v1/exclusions', { dests: ['4'] });
    const preview = async (row: string) => inside(await door.call('GET', `/v1/campaigns/${id}/preview${row}`));
    expect(await preview('')).toEqual({ row: 1, dest: '1', mdata: 'Hello Ana, well', error: null, excluded: false });
    expect(await preview('?row=2')).toEqual({
      row: 2,
      dest: '2',
      mdata: 'Hello Bé, ill',
      error: null,
      excluded: false,
    });
    expect(await preview('?row=3')).toEqual({
      row: 3,
      dest: '3',
      mdata: null,
      error: 'no value for {{name}}',
      excluded: false,
    });
    expect(await preview('?row=4')).toMatchObject({ row: 4, dest: '4', excluded: true });
    expect((await preview('?row=5')).status).toBe(404);
    for (const row of ['0', '-1', 'x', '1.5', '9999999999']) expect((await preview(`?row=${row}`)).status).toBe(400);
  });
});

describe('a dry run', () => {
  it('says what the whole list would come to, and sends nothing', async () => {
    const id = await door.draft({ mdata: 'Hello {{name}}' });
    const many = Array.from({ length: 11_000 }, (_, n) => `9${n},${n % 1000 === 999 ? '' : 'x'}\n`).join('');
    await door.upload(id, `dest,name\n${many}abc,x\n77001,x\n77002,\n`);
    await door.call('POST', '/v1/exclusions', { dests: ['77001', '77002'] });
    const before = await door.doorstep.rows();
    const reply = await door.call('POST', `/v1/campaigns/${id}/dry-run`);
    expect(inside(reply)).toEqual({
      recipients: 11_003,
      sendable: 10_989,
      excluded: 2,
      refused: [
        { reason: 'no value for {{name}}', count: 11, example: { row: 1000, dest: '9999' } },
        { reason: 'not a PSID: these are digits', count: 1, example: { row: 11_001, dest: 'abc' } },
      ],
    });
    expect(await door.doorstep.rows()).toBe(before);
    const nobody = await door.draft();
    expect(inside(await door.call('POST', `/v1/campaigns/${nobody}/dry-run`))).toEqual({
      recipients: 0,
      sendable: 0,
      excluded: 0,
      refused: [],
    });
  });

  it('is for few at once', async () => {
    const none = await door.doorstep.openApi({ campaignLimits: { maxDryRuns: 0 } });
    const reply = await none.ask({
      path: `/v1/campaigns/${await door.draft()}/dry-run`,
      headers: { authorization: `Bearer ${door.tsid}` },
    });
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '10']);
    await none.close();
  });
});

describe('a test', () => {
  const test = (id: string, body: unknown) => door.call('POST', `/v1/campaigns/${id}/test`, body);

  it('is one message now, which does not count in the campaign', async () => {
    const id = await door.draft({ mdata: 'Hello {{name}}', defaults: { name: 'you' }, on_unknown: 'resend' });
    const reply = await test(id, { dest: 24001, variables: { name: 'Ana', other: 1 } });
    expect(reply.status).toBe(202);
    const { cdls_id, mdata } = inside(reply);
    expect([mdata, reply.headers.location]).toEqual(['Hello Ana', `/v1/messages/${cdls_id}`]);
    expect(inside(await door.call('GET', `/v1/messages/${cdls_id}`))).toMatchObject({
      dest: '24001',
      mdata: 'Hello Ana',
      lane: 'now',
      campaign: null,
      on_unknown: 'resend',
      status: 'PENDING',
    });
    expect(inside(await test(id, { dest: '24001' })).mdata).toBe('Hello you');
    expect(inside(await door.call('GET', `/v1/campaigns/${id}`)).recipients).toBe(0);
    await until(async () => (await door.doorstep.queue.depth()).now.waiting >= 2);
  });

  it.each<[unknown, RegExp]>([
    [{}, /dest is missing/],
    [{ dest: 'abc' }, /dest/],
    [{ dest: '1' }, /no value for \{\{name\}\}/],
    [{ dest: '1', variables: 'x' }, /variables/],
    [{ dest: '1', variables: { name: 'x'.repeat(2001) } }, /2000/],
    [{ dest: '1', variabels: {} }, /variabels is not a field/],
  ])('%o is refused', async (body, detail) => {
    const before = await door.doorstep.rows();
    const reply = await test(await door.draft(), body);
    expect([reply.status, inside(reply).detail]).toEqual([400, expect.stringMatching(detail)]);
    expect(await door.doorstep.rows()).toBe(before);
  });

  it('over a line that cannot send is refused', async () => {
    const line = await door.doorstep.addLine(door.customerId);
    const id = await door.draft({ line, mdata: 'Hello' });
    await sql('UPDATE cd_v8_line SET v8l_wa_api_key = $2 WHERE v8l_id = $1', [line, '']);
    await until(async () => inside(await test(id, { dest: '1' })).code === 233);
  });
});
