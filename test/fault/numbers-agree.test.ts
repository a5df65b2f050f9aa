import { openPrisma } from '@pombo/db/prisma.ts';
import type { Effect } from '@pombo/graph-simulator/weather.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConsole } from '../support/console-visitor.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { addOperator } from '../support/operators.ts';
import type { Program } from '../support/program.ts';
import { untilNothingPending } from '../support/rows.ts';
import { noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays it small, `npm run test:fault` at full length. */
const long = process.env.POMBO_FAULTS === 'long';
const messages = long ? 20_000 : 800;
const callers = 32;
/** Of so many callers one waits for the outcome. */
const oneWaitsIn = 40;
const lines = 4;

/** All at once, each for its share of the calls: refused, told to come again, unsure whether it arrived. */
const faults: { share: number; effect: Effect }[] = [
  { share: 0.04, effect: { kind: 'error', code: 551, subcode: 1545041 } },
  { share: 0.01, effect: { kind: 'error', code: 1200 } },
  { share: 0.01, effect: { kind: 'error', code: 100, subcode: 2018001 } },
  { share: 0.01, effect: { kind: 'html_502', accept: true } },
  { share: 0.01, effect: { kind: 'html_502' } },
];

describe.each<Backend>(['redis', 'postgres'])('the numbers of a faulty run, the queue on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 20 });
  });
  afterAll(() => house?.stop());

  it('are the same in the console, the metrics, /v1 and the ledger, to the message', async ({ skip }) => {
    if (!house) return skip();
    const { simulator, database } = house;
    const lineIds = await Promise.all(Array.from({ length: lines }, () => house?.addLine(0) ?? ''));
    const [api, ...workers] = await Promise.all([house.startApi(), house.startWorker(), house.startWorker()]);
    for (const fault of faults) simulator.weather.add(fault);

    const sending = sendAll(house, api.url, lineIds);
    await simulator.ledger.whenAccepted(messages / 2);
    await forgetJobs(house);
    const promised = await sending;
    for (const lineId of lineIds) await untilNothingPending(database, lineId, 120_000);

    const said = await saidByV1(house, api.url);
    expect(said.accepted).toBe(messages);
    expect(Math.min(said.OK, said.ERROR, said.WR)).toBeGreaterThan(0);
    expect({ metrics: await saidByMetrics(api, workers), console: await saidByConsole(house) }).toEqual({
      metrics: said,
      console: said,
    });

    const verdicts = await Promise.all(
      lineIds.map((lineId) => verdictOnLine(house as House, lineId, promised.get(lineId) ?? [])),
    );
    // What was refused came to no good end, as it should; nobody has it who was told so.
    for (const { twice, denied } of verdicts) expect({ twice, denied }).toEqual({ twice: [], denied: noHarm.denied });
    const sum = (of: 'sent' | 'unknown') => verdicts.reduce((all, verdict) => all + verdict[of], 0);
    expect({ OK: sum('sent'), WR: sum('unknown') }).toEqual({ OK: said.OK, WR: said.WR });
    const arrivedUnknown = await unknownInLedger(house);
    expect(simulator.ledger.size).toBe(said.OK + arrivedUnknown);
  });
});

/** What everybody must say: how many were accepted, and how they ended. */
interface Said {
  accepted: number;
  OK: number;
  ERROR: number;
  WR: number;
}

/** Sends them all to different recipients, and tells the numbers that were promised on each line. */
async function sendAll(house: House, url: string, lineIds: readonly string[]): Promise<Map<string, string[]>> {
  const promised = new Map(lineIds.map((lineId): [string, string[]] => [lineId, []]));
  let next = 0;
  async function caller(): Promise<void> {
    for (let n = next++; n < messages; n = next++) {
      const lineId = lineIds[n % lineIds.length] ?? '';
      const waits = n % oneWaitsIn === 0;
      const body = new URLSearchParams({
        app_id: lineId,
        dest: String(60_000_000 + n),
        mdata: 'hello',
        ...(waits ? {} : { async: '1' }),
      });
      const headers = { authorization: `Bearer ${house.tsid}` };
      const answer = await fetch(`${url}/api/v2/MakeMessenger.php`, { method: 'POST', headers, body });
      const { cdls_id } = ((await answer.json()) as { return: { cdls_id: number } }).return;
      if (cdls_id === 0) throw new Error(`not accepted: ${answer.status}`);
      promised.get(lineId)?.push(String(cdls_id));
    }
  }
  await Promise.all(Array.from({ length: callers }, caller));
  return promised;
}

async function forgetJobs({ redis: server, database }: House): Promise<void> {
  if (!server) {
    await database.query('DELETE FROM bullmq.job');
    return;
  }
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
}

async function saidByV1({ tsid }: House, url: string): Promise<Said> {
  const said: Said = { accepted: 0, OK: 0, ERROR: 0, WR: 0 };
  for (let before: number | null = null, more = true; more; more = before !== null) {
    const query = new URLSearchParams({ limit: '200', ...(before === null ? {} : { before: String(before) }) });
    const answer = await fetch(`${url}/v1/messages?${query}`, { headers: { authorization: `Bearer ${tsid}` } });
    const page = (await answer.json()) as { messages: { status: 'OK' | 'ERROR' | 'WR' }[]; next: number | null };
    for (const { status } of page.messages) said[status] += 1;
    said.accepted += page.messages.length;
    before = page.next;
  }
  return said;
}

async function saidByMetrics(api: Program, workers: readonly Program[]): Promise<Said> {
  const textOf = async (program: Program) => (await fetch(`${program.operationsUrl}/metrics`)).text();
  const [accepting, ...settling] = await Promise.all([api, ...workers].map(textOf));
  const settled = (isMeant: (outcome: string) => boolean) =>
    settling.reduce((sum, text) => sum + sumOf(text, 'pombo_messages_settled_total', 'outcome', isMeant), 0);
  return {
    accepted: sumOf(accepting ?? '', 'pombo_messages_accepted_total', 'lane', () => true),
    OK: settled((outcome) => outcome === 'sent'),
    WR: settled((outcome) => outcome === 'unknown'),
    ERROR: settled((outcome) => outcome !== 'sent' && outcome !== 'unknown'),
  };
}

/** The sum of a counter over the labels that are meant. */
function sumOf(text: string, name: string, label: string, isMeant: (value: string) => boolean): number {
  const series = [...text.matchAll(new RegExp(`^${name}\\{.*${label}="(\\w+)".*\\} (\\d+)$`, 'gm'))];
  return series.filter(([, value]) => isMeant(value ?? '')).reduce((sum, [, , count]) => sum + Number(count), 0);
}

async function saidByConsole(house: House): Promise<Said> {
  const prisma = openPrisma(house.database);
  await addOperator(prisma, 'ana');
  const visitor = openConsole(house.database, prisma);
  const cookie = await visitor.signIn('ana');
  const answer = await visitor.get('/history.json?span=1h', { cookie });
  const { figures } = answer.json() as { figures: { series: { name: string; values: (number | null)[] }[] }[] };
  const series = new Map(figures.flatMap((figure) => figure.series.map(({ name, values }) => [name, values])));
  const total = (name: string) => (series.get(name) ?? []).reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const said = {
    accepted: total('accepted'),
    OK: total('OK'),
    ERROR: total('ERROR'),
    WR: total('became unknown'),
  };
  // The page says of the unknown ones how many there are, which are all that ever became so.
  const page = (await visitor.get('/', { cookie })).body;
  expect(page).toMatch(new RegExp(`<dt>unknown</dt><dd class="wait">${said.WR}</dd>`));
  return said;
}

async function unknownInLedger({ database, simulator }: House): Promise<number> {
  const rows = await database.query<{ dest: string }>("SELECT cdls_dest AS dest FROM cdls WHERE cdls_status = 'WR'");
  const unknown = new Set(rows.map(({ dest }) => dest));
  return simulator.ledger.entries().filter(({ dest }) => unknown.has(dest)).length;
}
