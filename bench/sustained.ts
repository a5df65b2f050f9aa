import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@pombo/db/database.ts';
import type { House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { openCaller } from './caller.ts';
import { call } from './callers/call.ts';
import { waitingFor } from './callers/gateway.ts';
import { openDests } from './dests.ts';
import type { Figure, Goal } from './figure.ts';
import { median } from './figures.ts';
import { fillLog } from './settled-log.ts';

const graphMs = 80;
const linesInLog = 100;
const waitingCallers = 64;
const destsPerStretch = 1_000_000;
const settledWithinMs = 60_000;

interface Size {
  rows: number;
  stretches: number;
  stretchSeconds: number;
  asynchronousPerSecond: number;
}

const full: Size = { rows: 10_000_000, stretches: 20, stretchSeconds: 58, asynchronousPerSecond: 300 };
const brief: Size = { rows: 100_000, stretches: 4, stretchSeconds: 5, asynchronousPerSecond: 100 };

interface Stretch extends Tables {
  /** Synchronous messages that were answered per second, and asynchronous ones accepted. */
  answered: number;
  accepted: number;
}

interface Tables {
  /** Of what changes with every message: its table and its indexes. */
  deliveryMb: number;
  indexesMb: number;
  dead: number;
  vacuums: number;
  /** The log with its attempts, and what has gone through the write-ahead log. In a stretch: since the beginning. */
  logMb: number;
  walMb: number;
}

/** Twenty minutes of traffic beside ten million rows: does it stay as fast, and do the tables stay as small? */
export const sustained: Bench = (options) =>
  inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: graphMs }, (house) =>
    measure(house, options),
  );

async function measure(house: House, { brief: isBrief, say }: BenchOptions): Promise<Figure[]> {
  const size = isBrief ? brief : full;
  const { database, customerId } = house;
  const lineIds = await Promise.all(Array.from({ length: linesInLog }, () => house.addLine(0)));
  await fillLog(house.databaseUrl, { customerId, lineIds, count: size.rows, say });
  await house.startWorker({ WORKER_NOW_CONCURRENCY: '400' });
  const api = await house.startApi();
  const caller = openCaller({ url: api.url, tsid: house.tsid, random: Math.random });
  const [waitedOn = '', handedTo = ''] = lineIds;
  const take = openDests();
  const empty = await tablesOf(database);
  const [before] = await database.query<{ last: string }>('SELECT max(cdls_id) AS last FROM cdls');

  const stretches: Stretch[] = [];
  let messages = 0;
  for (let n = 1; n <= size.stretches; n += 1) {
    const startedAt = performance.now();
    const [report, handed] = await Promise.all([
      call({
        ...waitingFor({ url: api.url, token: house.tsid, lineId: waitedOn }),
        firstDest: take(destsPerStretch).first,
        connections: waitingCallers,
        warmSeconds: 1,
        seconds: size.stretchSeconds - 1,
      }),
      caller.sendSteadily(handedTo, {
        perSecond: size.asynchronousPerSecond,
        seconds: size.stretchSeconds,
        async: true,
      }),
    ]);
    messages += report.answered + handed.length;
    const tables = await tablesOf(database);
    const stretch = {
      ...tables,
      answered: report.perSecond,
      accepted: (handed.length * 1000) / (performance.now() - startedAt),
      logMb: tables.logMb - empty.logMb,
      walMb: tables.walMb - empty.walMb,
    };
    stretches.push(stretch);
    say(`${n} of ${size.stretches}: ${inWords(stretch)}`);
  }
  await caller.close();
  await proveAll(house, messages, before?.last ?? '0');
  return figuresOf(stretches, messages);
}

async function tablesOf(database: Database): Promise<Tables> {
  const [row] = await database.query<Tables>(
    `SELECT pg_table_size('delivery')::float8 / 1e6 AS "deliveryMb", pg_indexes_size('delivery')::float8 / 1e6 AS "indexesMb",
            (SELECT n_dead_tup::float8 FROM pg_stat_user_tables WHERE relname = 'delivery') AS dead,
            (SELECT autovacuum_count::int FROM pg_stat_user_tables WHERE relname = 'delivery') AS vacuums,
            (SELECT sum(pg_total_relation_size(inhrelid))::float8 / 1e6 FROM pg_inherits
             WHERE inhparent IN ('cdls'::regclass, 'attempt'::regclass, 'meta_message_id'::regclass)) AS "logMb",
            pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 / 1e6 AS "walMb"`,
  );
  if (!row) throw new Error('the tables could not be measured');
  return row;
}

function inWords({ answered, accepted, deliveryMb, indexesMb, dead, vacuums, logMb }: Stretch): string {
  const tables = `delivery ${deliveryMb.toFixed(1)} + ${indexesMb.toFixed(1)} MB, ${dead} dead, ${vacuums} vacuums`;
  return `${Math.round(answered)} answered and ${Math.round(accepted)} accepted per s; ${tables}; log ${Math.round(logMb)} MB more`;
}

/** Every message is settled as OK, and Graph has had each once. */
async function proveAll({ database, simulator }: House, messages: number, after: string): Promise<void> {
  const giveUpAt = performance.now() + settledWithinMs;
  for (;;) {
    const [left] = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM delivery');
    if (left?.n === 0) break;
    if (performance.now() > giveUpAt) throw new Error(`${left?.n} messages were not settled`);
    await sleep(250);
  }
  const [rows] = await database.query<{ sent: number }>(
    "SELECT count(*) FILTER (WHERE cdls_status = 'OK')::int AS sent FROM cdls WHERE cdls_id > $1::bigint",
    [after],
  );
  if (rows?.sent !== messages) throw new Error(`of ${messages} messages ${rows?.sent} say OK`);
  const recipients = new Set([...simulator.ledger.entries()].map(({ dest }) => dest)).size;
  if (simulator.ledger.size !== messages || recipients !== messages) {
    throw new Error(`of ${messages} messages Graph had ${simulator.ledger.size}, for ${recipients} recipients`);
  }
}

function figuresOf(stretches: readonly Stretch[], messages: number): Figure[] {
  const quarter = Math.ceil(stretches.length / 4);
  const beside = (what: string, unit: string, of: (stretch: Stretch) => number, goal: Goal | null): Figure => ({
    name: `sustained: ${what}, last quarter`,
    value: median(stretches.slice(-quarter).map(of)),
    unit,
    reference: 'first quarter',
    referenceValue: median(stretches.slice(0, quarter).map(of)),
    runs: stretches.map(of),
    goal,
  });
  const last = stretches.at(-1);
  const perMessage = (what: string, mb = Number.NaN): Figure => ({
    name: `sustained: ${what}`,
    value: (mb * 1e6) / messages,
    unit: 'bytes a message',
    reference: null,
    referenceValue: null,
    runs: [(mb * 1e6) / messages],
    goal: null,
  });
  return [
    beside('synchronous messages', 'per s', ({ answered }) => answered, { ratioAtLeast: 0.9 }),
    beside('asynchronous messages', 'per s', ({ accepted }) => accepted, { ratioAtLeast: 0.9 }),
    beside('delivery', 'MB', ({ deliveryMb }) => deliveryMb, { ratioAtMost: 1.2 }),
    beside('indexes of delivery', 'MB', ({ indexesMb }) => indexesMb, { ratioAtMost: 1.2 }),
    perMessage('log, attempts and ids at Meta, on disk', last?.logMb),
    perMessage('write-ahead log', last?.walMb),
  ];
}
