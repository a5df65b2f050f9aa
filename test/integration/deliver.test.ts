import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import type { Program } from '../support/program.ts';
import { attemptsByOutcome, countByStatus, untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';

describe.each<Backend>(['redis', 'postgres'])('deliver on %s', (backend) => {
  let house: House | null;
  let worker: Program;

  beforeAll(async () => {
    house = await openHouse({ backend });
    if (house) worker = await house.startWorker();
  });
  afterAll(() => house?.stop());

  it('sends what waits in the backlog once, and what somebody waits for at once', async ({ skip }) => {
    if (!house) return skip();
    const line = await house.addLine(0);
    const bulk = await house.send(line, 300);
    const now = await house.send(line, 20, { lane: 'now', data: 'quick' });
    await untilNothingPending(house.database, line, 20_000);
    expect(await countByStatus(house.database, line)).toEqual({ OK: bulk.length + now.length });
    const summary = house.simulator.ledger.summary();
    expect(summary.byMetadataDuplicates).toBe(0);
    expect(summary.messages).toBe(320);
    const [row] = await house.database.query(
      'SELECT cdls_return_id, cdls_return_code, cdls_status_delivery, cdls_attempts FROM cdls WHERE cdls_id = $1::bigint',
      [now[0]],
    );
    expect(row).toMatchObject({ cdls_return_code: 200, cdls_status_delivery: 'sent', cdls_attempts: 1 });
    expect(row?.cdls_return_id).toMatch(/^m_/);
    const [left] = await house.database.query<{ count: number }>('SELECT count(*)::int AS count FROM delivery');
    expect(left?.count).toBe(0);
  });

  it('keeps the pace of the line', async ({ skip }) => {
    if (!house) return skip();
    const line = await house.addLine(20);
    await house.send(line, 60);
    await untilNothingPending(house.database, line, 20_000);
    const rows = await house.database.query<{ at: number }>(
      `SELECT extract(epoch FROM turn_at)::float8 AS at FROM attempt JOIN cdls USING (cdls_id)
        WHERE v8l_id = $1::bigint ORDER BY turn_at`,
      [line],
    );
    // A turn that came too late was given back, and taken again.
    expect(await attemptsByOutcome(house.database, line)).toEqual({ sent: 60 });
    for (const { at } of rows) {
      expect(rows.filter((other) => other.at >= at && other.at < at + 1).length).toBeLessThanOrEqual(21);
    }
  });

  it('sends one after the other to one recipient, in order of acceptance', async ({ skip }) => {
    if (!house) return skip();
    const line = await house.addLine(0);
    const before = house.simulator.ledger.size;
    const sent: string[] = [];
    for (let n = 0; n < 8; n += 1) sent.push(...(await house.send(line, 1, { dest: '777', data: `n${n}` })));
    await untilNothingPending(house.database, line, 20_000);
    const arrived = [...house.simulator.ledger.since(before)].map((entry) => entry.text);
    expect(arrived).toEqual(sent.map((_, n) => `n${n}`));
  });

  it('tries again what Meta called temporary, and says how often', async ({ skip }) => {
    if (!house) return skip();
    const line = await house.addLine(0);
    house.simulator.weather.add({ match: { dest: '1200' }, firstN: 2, effect: { kind: 'error', code: 1200 } });
    const [id] = await house.send(line, 1, { dest: '1200' });
    await untilNothingPending(house.database, line, 20_000);
    const attempts = await house.database.query(
      'SELECT outcome FROM attempt WHERE cdls_id = $1::bigint ORDER BY number',
      [id],
    );
    expect(attempts.map((row) => row.outcome)).toEqual(['unavailable', 'unavailable', 'sent']);
  });

  it('keeps an unknown outcome unknown, and never sends it again by itself', async ({ skip }) => {
    if (!house) return skip();
    const line = await house.addLine(0);
    const before = house.simulator.ledger.size;
    house.simulator.weather.add({ match: { dest: '502' }, effect: { kind: 'html_502', accept: true } });
    await house.send(line, 1, { dest: '502' });
    await untilNothingPending(house.database, line, 20_000);
    expect(await countByStatus(house.database, line)).toEqual({ WR: 1 });
    expect(house.simulator.ledger.size - before).toBe(1);
  });

  it('parks a line whose token is gone, keeps its messages, and answers those who wait', async ({ skip }) => {
    if (!house) return skip();
    const line = await house.addLine(10);
    house.simulator.weather.add({ match: { dest: '190' }, effect: { kind: 'error', code: 190 } });
    await house.send(line, 1, { dest: '190' });
    await house.database.query('SELECT 1');
    await until(async () => {
      const [row] =
        (await house?.database.query(
          'SELECT v8l_parked_reason AS why, v8l_parked_code AS code FROM cd_v8_line WHERE v8l_id = $1::bigint',
          [line],
        )) ?? [];
      return row?.why !== null && row;
    });
    await house.send(line, 5, { lane: 'now' });
    await until(async () => house && (await countByStatus(house.database, line)).ERROR === 5);
    expect(await countByStatus(house.database, line)).toEqual({ ERROR: 5, PENDING: 1 });
  });

  it('logs one line per attempt and never a token or a text', async ({ skip }) => {
    if (!house) return skip();
    expect(worker.output()).not.toMatch(/EAAtest|hello|quick/);
  });
});
