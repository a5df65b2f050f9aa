import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../support/house.ts';
import { countByStatus, untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';

let house: House;

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
  await house.startWorker();
});
afterAll(() => house.stop());

const ways = [
  {
    way: 'its customer is blocked',
    stop: 'UPDATE cd_customer SET cdcs_active = false WHERE cdcs_id = (SELECT cdcs_id FROM cd_v8_line WHERE v8l_id = $1::bigint)',
    start:
      'UPDATE cd_customer SET cdcs_active = true WHERE cdcs_id = (SELECT cdcs_id FROM cd_v8_line WHERE v8l_id = $1::bigint)',
    reason: 'account inactive',
  },
  {
    way: 'it is deactivated',
    stop: 'UPDATE cd_v8_line SET v8l_active = false WHERE v8l_id = $1::bigint',
    start: 'UPDATE cd_v8_line SET v8l_active = true WHERE v8l_id = $1::bigint',
    reason: 'line inactive',
  },
];

describe.each(ways)('a line that stops because $way', ({ stop, start, reason }) => {
  it('keeps what was accepted, sends none of it, and goes on afterwards', async () => {
    const { line, customerId } = await lineOfItsOwn(2);
    await house.send(line, 12, { customerId });
    await until(async () => (await countByStatus(house.database, line)).OK);
    await house.database.query(stop, [line]);
    const stoppedAt = await clock();

    // Calls that were open end; what was on its way through the queue goes back to the backlog.
    await until(async () => (await onItsWay(line)) === 0);
    // Neighbours are served meanwhile, more than once.
    const neighbour = await house.addLine(0);
    for (let round = 0; round < 3; round += 1) {
      await house.send(neighbour, 5);
      await untilNothingPending(house.database, neighbour, 20_000);
      await house.queue.signals.ring([line]);
    }
    expect(await onItsWay(line)).toBe(0);
    expect((await countByStatus(house.database, line)).PENDING).toBeGreaterThan(0);
    expect(await attemptsSince(line, stoppedAt)).toBe(0);

    await house.database.query(start, [line]);
    await untilNothingPending(house.database, line, 30_000);
    expect(await countByStatus(house.database, line)).toEqual({ OK: 12 });
  });

  it('answers who waits for a message already accepted', async () => {
    const { line, customerId } = await lineOfItsOwn(0);
    await house.database.query(stop, [line]);
    const [id] = await house.send(line, 1, { customerId, lane: 'now' });
    await untilNothingPending(house.database, line, 20_000);
    const [row] = await house.database.query(
      'SELECT cdls_status AS status, cdls_return_code AS code, cdls_status_delivery AS reason FROM cdls WHERE cdls_id = $1::bigint',
      [id],
    );
    expect(row).toEqual({ status: 'ERROR', code: 0, reason });
    await house.database.query(start, [line]);
  });
});

async function lineOfItsOwn(pace: number): Promise<{ line: string; customerId: string }> {
  const line = await house.addLine(pace);
  const [row] = await house.database.query<{ id: string }>(
    "INSERT INTO cd_customer (cdcs_name) VALUES ('another') RETURNING cdcs_id AS id",
  );
  const customerId = row?.id ?? '';
  await house.database.query('UPDATE cd_v8_line SET cdcs_id = $2::bigint WHERE v8l_id = $1::bigint', [
    line,
    customerId,
  ]);
  return { line, customerId };
}

async function onItsWay(line: string): Promise<number> {
  const [row] = await house.database.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM delivery WHERE v8l_id = $1::bigint AND state IN ('released', 'sending')",
    [line],
  );
  return row?.count ?? -1;
}

async function clock(): Promise<Date> {
  const [row] = await house.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return row?.now ?? new Date(0);
}

async function attemptsSince(line: string, at: Date): Promise<number> {
  const [row] = await house.database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM attempt a JOIN cdls m USING (cdls_id) WHERE m.v8l_id = $1::bigint AND a.opened_at > $2',
    [line, at],
  );
  return row?.count ?? -1;
}
