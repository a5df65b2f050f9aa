import { createCustomer } from '@pombo/db/customers.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { addFedCampaign } from '../test/support/campaign.ts';
import { tidy } from '../test/support/fill-backlog.ts';
import { fillLog, type Log, type Sender } from '../test/support/fill-log.ts';
import type { House } from '../test/support/house.ts';
import { addOperator, testPassword } from '../test/support/operators.ts';
import { testActor } from '../test/support/test-actor.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import type { Figure } from './figure.ts';
import { median } from './figures.ts';
import { fillPastDays } from './past-days.ts';
import { pauseLines } from './paused-line.ts';

const pageGoalMs = 200;
const searchGoalMs = 100;
const linesPerCampaign = 10;
const logDays = 30;

interface Size {
  messages: number;
  lines: number;
  unfinished: number;
  /** Recipients of all the messages. */
  dests: number;
  /** How often each page is asked for. */
  visits: number;
}

const full: Size = { messages: 5_000_000, lines: 1_000, unfinished: 50_000, dests: 500_000, visits: 20 };
const brief: Size = { messages: 20_000, lines: 50, unfinished: 1_000, dests: 2_000, visits: 2 };

/** How long an operator waits for each page, and for a search by each key, beside a month of messages on a thousand lines. */
export const consolePages: Bench = (options) => {
  const size = options.brief ? brief : full;
  return inHouses(options, { backends: ['redis', 'postgres'], latency: 80 }, (house) => measure(house, size, options));
};

async function measure(house: House, size: Size, { say }: BenchOptions): Promise<Figure[]> {
  const log = await fill(house, size, say);
  await house.startWorker();
  await house.startApi();
  const visitor = await openVisitor(house);
  const reference = await timesOf(visitor, '/healthz', { visits: size.visits, say });

  const figures: Figure[] = [];
  for (const { goalMs, paths } of [
    { goalMs: pageGoalMs, paths: pagesOf(log) },
    { goalMs: searchGoalMs, paths: searchesOf(log) },
  ]) {
    for (const [what, path] of Object.entries(paths)) {
      const runs = await timesOf(visitor, path, { visits: size.visits, say });
      figures.push({
        name: `${what} on ${house.backend}, the slowest`,
        value: Math.max(...runs),
        unit: 'ms',
        reference: '/healthz of the same process',
        referenceValue: median(reference),
        runs,
        goal: { atMost: goalMs },
      });
    }
  }
  return figures;
}

function pagesOf({ newer, to }: Log): Record<string, string> {
  const [first] = newer;
  return {
    overview: '/',
    'overview of 30 days': '/?span=30d',
    'charts of an hour': '/history.json?span=1h',
    'charts of 30 days': '/history.json?span=30d',
    lines: '/lines',
    'the fifth page of lines': '/lines?page=5',
    'lines by name': '/lines?text=Line+77',
    'a line': `/lines/${first?.lineId}`,
    messages: '/messages',
    'a sent message': `/messages/${Math.floor(to / 2)}`,
    'a waiting message': `/messages/${to - 3}`,
    campaigns: '/campaigns',
    'a campaign': `/campaigns/${first?.campaignId}`,
    'bulk actions': '/bulk-actions',
    'preview of a bulk action': '/bulk-actions/new?state=ERROR&kind=replay',
    queues: '/queues',
    'figures of the queues': '/queues/api/queues?activeQueue=&page=1&jobsPerPage=10',
    audit: '/audit',
  };
}

function searchesOf({ from, to, beganAt, everyMs, older, newer, seldom }: Log): Record<string, string> {
  const middle = Math.floor((from + to) / 2);
  const at = (id: number) => new Date(beganAt.getTime() + id * everyMs).toISOString();
  const [first] = newer;
  const asked: Record<string, Record<string, string>> = {
    number: { id: String(middle) },
    reference: { msg_id: 'order 1236' },
    'reference that nobody said': { msg_id: 'nothing' },
    recipient: { dest: 'p123' },
    'recipient nobody wrote to': { dest: 'nothing' },
    'id at Meta': { mid: `m_${middle}` },
    'line of long ago': { line: older.lineId },
    'busy line': { line: first?.lineId ?? '' },
    'line that sends seldom': { line: seldom.lineId },
    campaign: { campaign: first?.campaignId ?? '' },
    ...Object.fromEntries(
      ['backlog', 'released', 'sending', 'unknown', 'OK', 'ERROR', 'CANCELED'].map((state) => [state, { state }]),
    ),
    'error class': { class: 'no_connection' },
    'error class of unknowns': { class: 'no_answer' },
    time: { from: at(middle), until: at(middle + 100) },
    'line and state': { line: first?.lineId ?? '', state: 'ERROR' },
    'line and time': { line: older.lineId, from: at(middle / 2), until: at(middle / 2 + 5_000) },
    'recipient and state': { dest: 'p123', state: 'OK' },
    'line, class and time': { line: older.lineId, class: 'other', from: at(from), until: at(middle) },
  };
  return Object.fromEntries(
    Object.entries(asked).map(([what, fields]) => [`search by ${what}`, `/messages?${new URLSearchParams(fields)}`]),
  );
}

/** What the last thirty days have left behind. Nothing of it is sent: the lines are paused. */
async function fill(house: House, size: Size, say: (line: string) => void): Promise<Log> {
  const startedAt = performance.now();
  const { customerId } = house;
  const other = await createCustomer(openPrisma(house.database), testActor, 'other');
  const newer: Sender[] = [];
  for (let n = 0; n < size.lines - 2; n += 1) {
    const lineId = await house.addLine(40);
    const campaign = { customerId, lineId, queued: 0 };
    newer.push({
      customerId,
      lineId,
      ...(n % linesPerCampaign === 0 ? { campaignId: await addFedCampaign(house.database, campaign) } : {}),
    });
  }
  const log: Log = {
    from: 1,
    to: size.messages,
    beganAt: new Date(Date.now() - logDays * 86_400_000),
    everyMs: (logDays * 86_400_000) / size.messages,
    unfinished: size.unfinished,
    dests: size.dests,
    older: { customerId, lineId: await house.addLine(40) },
    newer,
    seldom: { customerId: other, lineId: await house.addLine(40) },
  };
  await pauseLines(
    house,
    [...newer, log.older, log.seldom].map(({ lineId }) => lineId),
  );
  const database = openDatabase({
    url: house.databaseUrl,
    poolSize: 1,
    name: 'bench',
    answerTimeoutMs: 600_000,
    onError() {},
  });
  await database.query("UPDATE cd_v8_line SET v8l_name = 'Line ' || v8l_id");
  await fillLog(database, log);
  await database.query(
    `INSERT INTO campaign_recipient (campaign_id, number, dest, cdls_id)
       SELECT cdls_campaign_id, cdls_id, cdls_dest, cdls_id FROM cdls WHERE cdls_campaign_id IS NOT NULL
       ON CONFLICT DO NOTHING`,
  );
  await fillPastDays(database, logDays);
  await tidy(database);
  await database.query('ANALYZE');
  await database.close();
  say(`${size.messages} messages on ${size.lines} lines after ${Math.round((performance.now() - startedAt) / 1000)} s`);
  return log;
}

interface Visitor {
  url: string;
  cookie: string;
}

/** Somebody who has signed in at a console that has just been started. */
async function openVisitor(house: House): Promise<Visitor> {
  const { url } = await house.startConsole();
  await addOperator(openPrisma(house.database), 'bench', 'admin');
  const answer = await fetch(`${url}/sign-in`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ name: 'bench', password: testPassword }),
    redirect: 'manual',
  });
  return { url, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
}

/**
 * In ms, until the last byte of each visit. The first two are not counted: they open connections and plan statements.
 * What finds nothing may be soon done, so it is said.
 */
async function timesOf(
  { url, cookie }: Visitor,
  path: string,
  { visits, say }: { visits: number; say: (line: string) => void },
): Promise<number[]> {
  const runs: number[] = [];
  for (let visit = -2; visit < visits; visit += 1) {
    const startedAt = performance.now();
    const answer = await fetch(`${url}${path}`, { headers: { cookie }, redirect: 'error' });
    const page = await answer.text();
    if (visit >= 0) runs.push(performance.now() - startedAt);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    if (visit === 0 && path.startsWith('/messages?') && !/href="\/messages\/\d/.test(page))
      say(`${path} finds nothing at first`);
  }
  return runs;
}
