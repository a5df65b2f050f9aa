import type { AcceptResult } from '@pombo/db/accept.ts';
import type { Database } from '@pombo/db/database.ts';
import { readHistory, readHistoryNow } from '@pombo/db/history.ts';
import { foldHistory, takeHistorySample } from '@pombo/db/history-fold.ts';
import { countWorkersAlive, listProcesses, sayAlive, sayGone } from '@pombo/db/processes.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Hands, openHands } from '../support/hands.ts';
import { asRowsTell, historyTotals, recountHistory } from '../support/history-totals.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { newMessage } from '../support/new-message.ts';
import { countByStatus } from '../support/rows.ts';
import { settleOf } from '../support/settle-of.ts';
import { until } from '../support/until.ts';

let hands: Hands;

beforeAll(async () => {
  hands = await openHands();
});
afterAll(() => hands.stop());
beforeEach(() => hands.database.query('TRUNCATE history_delta, history_count, history_sample, process'));

async function accept(messageId: string, lineId: string, lane: 'now' | 'bulk' = 'now'): Promise<AcceptResult> {
  const { customerId } = hands;
  return hands.accept.accept(newMessage(messageId, { customerId, lineId, lane, dest: `9${messageId}` }));
}

/** A message whose call is open. */
async function calling(lineId: string) {
  const messageId = await hands.accept.drawId();
  await accept(messageId, lineId);
  return hands.go(messageId);
}

const count = (what: string, n: number, at: string) =>
  hands.database.query(`INSERT INTO history_delta (at, what, n) VALUES (${at}, $1, $2)`, [what, n]);
const stored = (span: string) =>
  hands.database.query<{ what: string; n: string; ageMinutes: number }>(
    `SELECT what, n, extract(epoch FROM clock_timestamp() - at)::float8 / 60 AS "ageMinutes" FROM history_count WHERE span = $1 ORDER BY at, what`,
    [span],
  );
const deltas = () => hands.database.query('SELECT 1 FROM history_delta');

describe('what is counted', () => {
  it('is one row per statement and kind, not one per message', async () => {
    const line = await hands.addLine();
    const ids = await Promise.all(Array.from({ length: 200 }, () => hands.accept.drawId()));
    await Promise.all(ids.map((id, index) => accept(id, line, index % 2 ? 'now' : 'bulk')));
    expect(await historyTotals(hands.database)).toEqual({ 'accepted bulk': 100, 'accepted now': 100 });
    expect((await deltas()).length).toBeLessThan(20);
  });

  it('counts a message that is accepted twice once, as well as an answer that is recorded twice', async () => {
    const line = await hands.addLine();
    const attempt = await calling(line);
    expect(await accept(attempt.messageId, line)).toEqual({ kind: 'accepted' });
    const refused = settleOf(attempt, { step: 'ERROR', outcome: 'refused', errorClass: 'refused_recipient' });
    await hands.settle(refused);
    await Promise.all([hands.settle(refused), hands.settle(refused)]);
    expect(await historyTotals(hands.database)).toEqual({
      'accepted now': 1,
      'error refused_recipient': 1,
      'settled ERROR': 1,
    });
  });

  it('counts how a call failed although its message had moved on, and once it is known after all', async () => {
    const line = await hands.addLine();
    const attempt = await calling(line);
    await hands.database.query("UPDATE delivery SET lease_until = now() - interval '1 second' WHERE v8l_id = $1", [
      line,
    ]);
    await hands.database.query('SELECT * FROM expire_leases(ARRAY[$1::bigint])', [attempt.messageId]);
    expect(await historyTotals(hands.database)).toEqual({ 'accepted now': 1, unknown: 1 });
    await hands.settle(settleOf(attempt, { step: 'ERROR', outcome: 'refused', errorClass: 'other' }));
    expect(await historyTotals(hands.database)).toMatchObject({ 'error other': 1, 'settled ERROR': 1, unknown: 1 });
  });

  it('is not counted where nothing was committed', async () => {
    const line = await hands.addLine();
    const attempt = await calling(line);
    const client = await hands.database.pool.connect();
    await client.query('BEGIN');
    await client.query("SELECT * FROM settle_attempts($1, '{OK}', false)", [
      JSON.stringify([{ id: attempt.messageId, attempt: 1, line, step: 'OK', outcome: 'sent', total_ms: 1 }]),
    ]);
    await client.query('ROLLBACK');
    client.release();
    expect(await historyTotals(hands.database)).toEqual({ 'accepted now': 1 });
  });
});

describe('the fold', () => {
  it('adds up by minutes and by hours, and leaves the last ten seconds as they are', async () => {
    await count('accepted now', 3, "date_trunc('hour', now()) - interval '1 second'");
    await count('accepted now', 4, "date_trunc('hour', now()) - interval '61 seconds'");
    await count('settled OK', 5, "date_trunc('hour', now()) - interval '30 minutes'");
    await count('settled OK', 6, 'now()');
    const before = await historyTotals(hands.database);
    const total = (history: Awaited<ReturnType<typeof readHistory>>, what: string) =>
      history.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0);
    const asRead = async () => {
      const history = await readHistory(hands.database, '6h');
      return { accepted: total(history, 'accepted now'), settled: total(history, 'settled OK') };
    };
    expect(await asRead()).toEqual({ accepted: 7, settled: 11 });
    expect(await foldHistory(hands.database)).toBe('look');
    expect(await deltas()).toHaveLength(1);
    expect((await stored('minute')).map(({ n }) => Number(n))).toEqual([5, 4, 3]);
    expect((await stored('hour')).map(({ what, n }) => [what, Number(n)])).toEqual([
      ['accepted now', 7],
      ['settled OK', 5],
    ]);
    expect(await asRead()).toEqual({ accepted: 7, settled: 11 });
    expect(await historyTotals(hands.database)).toEqual(before);
  });

  it('is done by one at a time, and many at once count nothing twice', async () => {
    for (let n = 0; n < 30; n += 1) await count('accepted bulk', n, `now() - interval '${n + 1} minutes'`);
    const said = await Promise.all(Array.from({ length: 8 }, () => foldHistory(hands.database)));
    expect(said.filter((word) => word !== 'elsewhere').length).toBeGreaterThan(0);
    expect(await deltas()).toHaveLength(0);
    expect(await historyTotals(hands.database)).toEqual({ 'accepted bulk': 435 });

    const client = await hands.database.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT fold_history()');
    expect(await foldHistory(hands.database)).toBe('elsewhere');
    await client.query('COMMIT');
    client.release();
  });

  it('goes through a great many in rounds', async () => {
    await hands.database.query(
      "INSERT INTO history_delta (at, what, n) SELECT now() - interval '1 minute', 'accepted bulk', 1 FROM generate_series(1, 60000)",
    );
    expect(await foldHistory(hands.database)).toBe('more');
    expect(await deltas()).toHaveLength(10_000);
    expect(await foldHistory(hands.database)).toBe('look');
    expect(await historyTotals(hands.database)).toEqual({ 'accepted bulk': 60_000 });
  });

  it('forgets minutes after two days and hours after forty', async () => {
    await count('settled OK', 1, "now() - interval '47 hours'");
    await count('settled OK', 2, "now() - interval '49 hours'");
    await count('settled OK', 4, "now() - interval '39 days'");
    await count('settled OK', 8, "now() - interval '41 days'");
    await hands.database.query(
      `INSERT INTO history_sample SELECT s.span, date_trunc('hour', now() - s.age), 1, 1, 1, 1, 1, 1, 1
        FROM (VALUES ('minute', interval '47 hours'), ('minute', '49 hours'), ('hour', '39 days'), ('hour', '41 days')) AS s(span, age)`,
    );
    await foldHistory(hands.database);
    expect((await stored('minute')).map(({ n }) => Number(n))).toEqual([1]);
    expect((await stored('hour')).map(({ n }) => Number(n))).toEqual([4, 2, 1]);
    const left = await hands.database.query('SELECT span FROM history_sample ORDER BY span');
    expect(left).toEqual([{ span: 'hour' }, { span: 'minute' }]);
  });

  it('goes by the clock of the database, whatever this process takes the time for', async () => {
    await count('accepted now', 1, "now() - interval '20 seconds'");
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3 * 3_600_000 });
    try {
      await foldHistory(hands.database);
      await takeHistorySample(hands.database);
      const history = await readHistory(hands.database, '1h');
      expect(history.reduce((sum, { counts }) => sum + (counts['accepted now'] ?? 0), 0)).toBe(1);
      expect(history.at(-1)?.sample).not.toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the look once a minute', () => {
  it('is taken once, by whoever comes first, and an hour remembers the worst of it', async () => {
    const { database } = hands;
    await sayAlive(database, { ...self, id: 'one' }, 1, doing);
    expect(await foldHistory(database)).toBe('look');
    await takeHistorySample(database);
    const [first] = await database.query("SELECT * FROM history_sample WHERE span = 'minute'");
    expect(first).toMatchObject({ workers_alive: 1, backlog: expect.anything() });
    await sayGone(database, { ...self, id: 'one' });
    await takeHistorySample(database);
    expect(await database.query("SELECT * FROM history_sample WHERE span = 'minute' AND at = $1", [first?.at])).toEqual(
      [first],
    );

    await database.query("DELETE FROM history_sample WHERE span = 'minute'");
    await database.query("UPDATE history_sample SET backlog = 77, workers_alive = 3 WHERE span = 'hour'");
    await takeHistorySample(database);
    const hours = await database.query("SELECT * FROM history_sample WHERE span = 'hour' ORDER BY at LIMIT 1");
    expect(hours).toMatchObject([{ backlog: '77', workers_alive: 0 }]);
  });
});

describe('how fast it goes', () => {
  it('is told for the last minute that is over, for the last ten seconds, and for what drains', async () => {
    const { database } = hands;
    await count('accepted bulk', 30, "date_trunc('minute', now()) - interval '20 seconds'");
    await count('accepted campaign', 500, "date_trunc('minute', now()) - interval '20 seconds'");
    await count('settled OK', 40, "date_trunc('minute', now()) - interval '20 seconds'");
    await count('settled ERROR', 2, "date_trunc('minute', now()) - interval '20 seconds'");
    await count('accepted now', 7, "date_trunc('minute', now()) - interval '70 seconds'");
    await foldHistory(database);
    await count('accepted now', 50, "now() + interval '1 second'");
    const now = await readHistoryNow(database);
    expect(now.lastMinute.out).toBe(42);
    expect(now.lastMinute.in).toBe(530);
    expect(now.perSecond.in).toBeGreaterThanOrEqual(5);
    // Sixty seconds, and those of the minute that has begun.
    expect(now.drain.out).toBeLessThanOrEqual(42 / 60);
    expect(now.drain.out).toBeGreaterThan(42 / 125);
    expect(now.drain.in).toBeLessThanOrEqual(80 / 60);
  });
});

const self = { id: 'x', name: 'here:1', kind: 'worker', version: '0', host: 'here' } as const;
const doing = { pool: { total: 1, idle: 1, waiting: 0 }, eventLoopDelayMs: 0 };

describe('processes', () => {
  it('are there while they say so, silent after fifteen seconds, and forgotten after an hour', async () => {
    const { database } = hands;
    await sayAlive(database, { ...self, id: 'a' }, 10, doing);
    await sayAlive(database, { ...self, id: 'b' }, 10, doing);
    await sayAlive(database, { ...self, id: 'b' }, 15, { ...doing, eventLoopDelayMs: 7 });
    await sayAlive(database, { ...self, id: 'c', kind: 'api' }, 10, doing);
    expect(await countWorkersAlive(database)).toBe(2);
    await database.query("UPDATE process SET seen_at = now() - interval '16 seconds' WHERE id = 'a'");
    expect(await countWorkersAlive(database)).toBe(1);
    const known = await listProcesses(database);
    expect(known.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
    expect(known.find(({ id }) => id === 'b')?.doing.eventLoopDelayMs).toBe(7);
    expect(known.find(({ id }) => id === 'a')?.secondsSilent).toBeGreaterThan(15);
    await sayGone(database, { ...self, id: 'b' });
    await database.query("UPDATE process SET seen_at = now() - interval '61 minutes' WHERE id = 'a'");
    expect((await listProcesses(database)).map(({ id }) => id)).toEqual(['c']);
    await foldHistory(database);
    expect(await database.query('SELECT id FROM process')).toEqual([{ id: 'c' }]);
  });
});

const everyone = 600;

/** The database is told that these are over: a test need not wait for those of workers that were killed. */
async function endLeasesNotOf(database: Database, pid: number): Promise<void> {
  await database.query(
    `UPDATE delivery d SET lease_until = now() - interval '1 second' FROM attempt a
      WHERE d.state = 'sending' AND a.cdls_id = d.cdls_id AND a.number = d.attempt AND a.worker NOT LIKE $1`,
    [`%:${pid}`],
  );
}

describe.concurrent.each<Backend>(['redis', 'postgres'])('on %s, when workers are killed in the middle', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 40 });
  });
  afterAll(() => house?.stop());

  it('the history agrees with the rows and with Graph to the message', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator } = house;
    const line = await house.addLine(0);
    simulator.weather.add({ share: 0.1, effect: { kind: 'error', code: 551, subcode: 1545041 } });
    const first = await house.startWorker({ WORKER_CONCURRENCY: '40' });
    const second = await house.startWorker({ WORKER_CONCURRENCY: '40' });
    const ids = await house.send(line, everyone);
    await simulator.ledger.whenAccepted(100);
    await first.end('SIGKILL');
    const third = await house.startWorker({ WORKER_CONCURRENCY: '40' });
    await simulator.ledger.whenAccepted(200);
    await second.end('SIGKILL');
    await until(
      async () => {
        await endLeasesNotOf(database, third.pid);
        return !(await countByStatus(database, line)).PENDING;
      },
      120_000,
      () => countByStatus(database, line),
    );

    const counts = await countByStatus(database, line);
    const totals = await historyTotals(database);
    expect(asRowsTell(totals)).toEqual(await recountHistory(database));
    expect(totals['accepted bulk']).toBe(ids.length);
    expect((counts.OK ?? 0) + (counts.ERROR ?? 0) + (counts.WR ?? 0)).toBe(ids.length);
    expect(totals.unknown ?? 0).toBe(counts.WR ?? 0);
    expect(totals['error refused_recipient']).toBe(counts.ERROR);
    // What Graph took is what ended OK, and what was in flight when its worker was killed.
    const summary = simulator.ledger.summary();
    expect(summary.byMetadataDuplicates).toBe(0);
    const took = new Set(simulator.ledger.entries().map(({ metadata }) => JSON.parse(metadata ?? '{}').cdls_id));
    const unknownAndTaken = (
      await database.query<{ id: string }>("SELECT cdls_id AS id FROM cdls WHERE cdls_status = 'WR'")
    ).filter(({ id }) => took.has(id)).length;
    expect(totals['settled OK']).toBe(summary.accepted - unknownAndTaken);

    // Added up by the worker that is left, once the last ten seconds are over, nothing is different.
    await until(async () => (await database.query('SELECT 1 FROM history_delta')).length === 0, 40_000);
    expect(await historyTotals(database)).toEqual(totals);
    const history = await readHistory(database, '24h');
    const settled = history.reduce((sum, bucket) => sum + (bucket.counts['settled OK'] ?? 0), 0);
    expect(settled).toBe(totals['settled OK']);

    // Two fell silent, one lives, and says good-bye.
    const workers = async () => (await listProcesses(database)).filter(({ kind }) => kind === 'worker');
    await until(async () => (await workers()).filter(({ secondsSilent }) => secondsSilent > 15).length === 2, 60_000);
    expect(await countWorkersAlive(database)).toBe(1);
    expect((await workers()).find(({ name }) => name.endsWith(`:${third.pid}`))?.doing.lanes?.bulk.slots).toBe(40);
    expect(await third.end('SIGTERM')).toBe(0);
    expect((await workers()).map(({ name }) => name.split(':').at(-1)).sort()).toEqual(
      [first.pid, second.pid].map(String).sort(),
    );
  });
});
