import type { Database } from '@pombo/db/database.ts';
import { readLatestAttempts } from '@pombo/db/line-attempts.ts';
import { readLineReportAsCounted } from '@pombo/db/line-report.ts';
import { showMessage } from '@pombo/db/messages.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { releaseLines } from '@pombo/db/release.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { openSimulator, type Simulator } from '@pombo/graph-simulator/simulator.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addFedCampaign } from '../support/campaign.ts';
import { type Console, formTokenIn, openConsole } from '../support/console-visitor.ts';
import { fillBacklog } from '../support/fill-backlog.ts';
import { type Hands, openHands } from '../support/hands.ts';
import { newMessage } from '../support/new-message.ts';
import { addOperator } from '../support/operators.ts';
import { settleOf } from '../support/settle-of.ts';
import { createTestLine } from '../support/test-line.ts';

let hands: Hands;
let database: Database;
let prisma: Prisma;
let simulator: Simulator;
let app: Console;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  hands = await openHands();
  ({ database, prisma } = hands);
  simulator = await openSimulator({ port: 0, latency: 'none' });
  app = openConsole(database, prisma, { graphUrl: simulator.url });
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    await addOperator(prisma, role, role);
    cookies[role] = await app.signIn(role);
  }
});
afterAll(async () => {
  await simulator.close();
  await hands.stop();
});

const pageId = '100200300';
const token = `EAA_page_${pageId}_0123456789abcdef`;
const seal = openSeal([Buffer.alloc(32, 7)]);
const addLine = () =>
  createTestLine(prisma, { customerId: hands.customerId, pageId, pageToken: token, pace: 40 }, seal);

const look = (path: string, role = 'viewer') => app.get(path, { cookie: cookies[role] ?? '' });

/** Presses a button: the form as the page of this role has it, with these fields. */
async function act(role: string, path: string, fields: Record<string, string> = {}) {
  const cookie = cookies[role] ?? '';
  return app.post(path, { form: formTokenIn(await look('/', role)), ...fields }, { cookie });
}

const deeds = () =>
  database.query<{ deed: string }>(
    "SELECT who || ': ' || action || ' ' || object AS deed FROM audit ORDER BY audit_id",
  );

describe('what is done to a line', () => {
  let line: string;
  beforeEach(async () => {
    line = await addLine();
    await database.query('DELETE FROM audit');
  });

  it('stands in the audit, once, with who did it', async () => {
    const said = async (path: string, fields = {}) =>
      (await act('admin', `/lines/${line}/${path}`, fields)).headers.location;
    expect(await said('pause')).toBe(`/lines/${line}?said=paused`);
    // Again is no error, and no deed.
    expect(await said('pause')).toBe(`/lines/${line}?said=paused`);
    expect(await said('resume')).toBe(`/lines/${line}?said=resumed`);
    expect(await said('pace', { pace: '7', mediaPace: '0.5' })).toBe(`/lines/${line}?said=pace`);
    expect(await said('probe')).toBe(`/lines/${line}?probe=works`);
    expect(await said('deactivate')).toBe(`/lines/${line}?said=deactivated`);
    expect(await said('activate')).toBe(`/lines/${line}?said=activated`);
    expect(await said('token', { token: `  ${token}new\r\n` })).toBe(`/lines/${line}?said=token&probe=works`);
    const of = (action: string, more = '') => ({ deed: `admin: ${action} ${line}${more}` });
    expect(await deeds()).toEqual([
      of('pause line'),
      of('resume line'),
      of('set line pace', ': pace 7/s, media pace 0.5/s'),
      of('probe line'),
      of('deactivate line'),
      of('activate line'),
      of('set line token'),
      of('probe line'),
    ]);
    const [row] = await database.query<{ sealed: string }>(
      'SELECT v8l_wa_api_key AS sealed FROM cd_v8_line WHERE v8l_id = $1::bigint',
      [line],
    );
    expect(seal.open(row?.sealed ?? '')).toBe(`${token}new`);
  });

  it('is undone where it cannot be written down', async () => {
    await database.query("ALTER TABLE audit ADD CONSTRAINT full_book CHECK (action <> 'pause line')");
    try {
      await act('admin', `/lines/${line}/pause`).catch(() => {});
    } finally {
      await database.query('ALTER TABLE audit DROP CONSTRAINT full_book');
    }
    expect((await readLineReportAsCounted(database, line))?.pausedAt).toBeNull();
  });

  it.each<[string, string, Record<string, string>]>([
    ['viewer', 'pause', {}],
    ['viewer', 'resume', {}],
    ['viewer', 'pace', { pace: '1', mediaPace: '1' }],
    ['viewer', 'probe', {}],
    ['viewer', 'token', { token }],
    ['viewer', 'deactivate', {}],
    ['operator', 'token', { token }],
    ['operator', 'activate', {}],
    ['operator', 'deactivate', {}],
  ])('needs a right: %s may not %s', async (role, deed, fields) => {
    expect((await act(role, `/lines/${line}/${deed}`, fields)).statusCode).toBe(403);
    expect(await deeds()).toEqual([]);
  });

  it('is asked for by a form of this very session, for a line that is there', async () => {
    const others = formTokenIn(await look('/', 'operator'));
    const cookie = cookies.admin ?? '';
    for (const form of ['', others]) {
      expect((await app.post(`/lines/${line}/pause`, { form }, { cookie })).statusCode).toBe(403);
    }
    expect((await app.post(`/lines/${line}/pause`, { form: others })).statusCode).toBe(401);
    for (const nowhere of ['999999999', '0', 'x', '9'.repeat(30)]) {
      expect((await act('admin', `/lines/${nowhere}/pause`)).statusCode).toBe(404);
      expect((await look(`/lines/${nowhere}`)).statusCode).toBe(404);
    }
    expect(await deeds()).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['pace', { pace: '301', mediaPace: '8' }],
    ['pace', { pace: '40', mediaPace: '' }],
    ['pace', { pace: 'many', mediaPace: '8' }],
    ['token', { token: '   ' }],
  ])('is refused in a sentence where it makes no sense: %s %o', async (deed, fields) => {
    expect((await act('admin', `/lines/${line}/${deed}`, fields)).statusCode).toBe(400);
    expect(await deeds()).toEqual([]);
  });

  it('cannot take the pace away where it is Meta that answers', async () => {
    const atMeta = openConsole(database, prisma, { graphUrl: 'https://graph.facebook.com' });
    const form = formTokenIn(await look('/', 'operator'));
    const cookie = cookies.operator ?? '';
    const said = await atMeta.post(`/lines/${line}/pace`, { form, pace: '0', mediaPace: '8' }, { cookie });
    expect([said.statusCode, said.body]).toEqual([400, expect.stringContaining('A pace of 0 is refused')]);
  });
});

it('shows buttons only to those who may press them', async () => {
  const line = await addLine();
  const forms = async (role: string) =>
    [...(await look(`/lines/${line}`, role)).body.matchAll(/action="\/lines\/\d+\/(\w+)"/g)].map(([, deed]) => deed);
  expect(await forms('viewer')).toEqual([]);
  expect(await forms('operator')).toEqual(['pause', 'probe', 'pace']);
  expect(await forms('admin')).toEqual(['pause', 'probe', 'pace', 'token', 'deactivate']);
});

async function acceptOne(lineId: string): Promise<string> {
  const messageId = await hands.accept.drawId();
  await hands.accept.accept(newMessage(messageId, { customerId: hands.customerId, lineId, dest: messageId }));
  return messageId;
}

async function sendReleased(lineId: string): Promise<string[]> {
  const { notes } = await releaseLines(database, [lineId]);
  for (const { messageId, release } of notes) await hands.settle(settleOf(await hands.go(messageId, release)));
  return notes.map(({ messageId }) => messageId);
}

it('counts the turns of a line by the minute', async () => {
  const line = await hands.addLine({ pace: 300 });
  const used = async () => (await readLineReportAsCounted(database, line))?.usedPace ?? Number.NaN;
  expect(await used()).toBe(0);
  for (let n = 0; n < 6; n += 1) await acceptOne(line);
  expect(await sendReleased(line)).toHaveLength(6);
  // As of a moment between one and two minutes after the first of them.
  expect(await used()).toBeGreaterThan(6 / 121);
  expect(await used()).toBeLessThanOrEqual(6 / 60);
  await database.query(
    "UPDATE line_gate SET turns_minute = turns_minute - interval '5 minutes' WHERE v8l_id = $1::bigint",
    [line],
  );
  expect(await used()).toBe(0);
  await acceptOne(line);
  await sendReleased(line);
  expect(await used()).toBeLessThanOrEqual(1 / 60);
});

it('finds the latest calls of a line behind a long backlog', async () => {
  const { customerId } = hands;
  const line = await hands.addLine();
  await acceptOne(line);
  const [sent = ''] = await sendReleased(line);
  // None of these has been tried, so they stand between the calls and the end of the log.
  await fillBacklog(database, { customerId, lineIds: [line], countPerLine: 3_000, campaign: false });
  const attempts = await readLatestAttempts(database, line, 300);
  expect(attempts.map(({ messageId, outcome }) => [messageId, outcome])).toEqual([[sent, 'sent']]);
});

it('keeps when a message was released for as long as its attempts are kept', async () => {
  const line = await hands.addLine();
  await acceptOne(line);
  const [sent = ''] = await sendReleased(line);
  const [{ releasedAt, openedAt } = expect.fail()] = (await showMessage(hands.prisma, sent))?.attempts ?? [];
  expect(releasedAt).toBeInstanceOf(Date);
  expect(Number(releasedAt)).toBeLessThanOrEqual(Number(openedAt));
});

describe('with a thousand lines', () => {
  it('shows them by pages, and finds them', async () => {
    const { customerId } = hands;
    await database.query(
      `INSERT INTO cd_v8_line (cdcs_id, v8l_name, v8l_fb_page_id)
       SELECT $1, 'page number ' || n, (5000000 + n)::text FROM generate_series(1, 1000) n`,
      [customerId],
    );
    const shown = async (query: string) => {
      const { body } = await look(`/lines?${query}`);
      return [...body.matchAll(/<td class="name"><a href="\/lines\/\d+">\d+<\/a> <bdi class="soft">([^<]*)</g)].map(
        ([, name]) => name,
      );
    };
    expect(await shown('text=page+number&order=number')).toHaveLength(100);
    expect((await shown('text=page+number&order=number&page=10')).at(-1)).toBe('page number 1000');
    expect(await shown('text=PAGE+NUMBER+77')).toHaveLength(11);
    expect(await shown('text=5000123')).toEqual(['page number 123']);
    expect(await shown('text=page+number&standing=parked')).toEqual([]);
    expect(await shown(`text=5000123&customer=${customerId}`)).toHaveLength(1);
    expect(await shown('text=5000123&customer=999999')).toEqual([]);
    expect(await shown('text=%25')).toEqual([]);
  });

  it('asks no question that grows with the log', async () => {
    const { customerId } = hands;
    const line = await hands.addLine();
    await addFedCampaign(database, { customerId, lineId: line, queued: 0 });
    await fillBacklog(database, { customerId, lineIds: [line], countPerLine: 20_000, campaign: false });
    await database.query(
      `INSERT INTO attempt (cdls_id, number, worker, turn_at)
       SELECT cdls_id, n, 'test', now() FROM cdls, generate_series(10, 12) n`,
    );
    await database.query('ANALYZE');
    const before = await rowsReadThrough();
    expect((await look(`/lines/${line}`)).statusCode).toBe(200);
    expect((await look('/lines')).statusCode).toBe(200);
    expect(await rowsReadThrough()).toEqual(before);
  });
});

/** How many rows of the large tables were read one after the other, as PostgreSQL itself has counted. */
async function rowsReadThrough(): Promise<unknown> {
  await database.query('SELECT pg_stat_force_next_flush()');
  return database.query(
    "SELECT relname, seq_scan::int AS scans FROM pg_stat_user_tables WHERE relname IN ('cdls', 'attempt') ORDER BY relname",
  );
}
