import { listAudit } from '@pombo/db/audit.ts';
import {
  bulkActionsAtWork,
  carryOutBatch,
  findBulkAction,
  type NewBulkAction,
  startBulkAction,
  stopBulkAction,
} from '@pombo/db/bulk-actions.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { settleByHand } from '@pombo/db/settle-by-hand.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../support/house.ts';
import { nothingAsked } from '../support/nothing-asked.ts';
import { testActor } from '../support/test-actor.ts';
import { until } from '../support/until.ts';

let house: House;
let prisma: Prisma;
let forms = 0;

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
  prisma = openPrisma(house.database);
});
afterAll(() => house.stop());

const order = (over: Partial<NewBulkAction> & Pick<NewBulkAction, 'kind' | 'search'>) => {
  forms += 1;
  return startBulkAction(prisma, testActor, { form: `form ${forms}`, counted: 1, countedAll: true, ...over });
};
const batch = (id: string, limit = 3) => carryOutBatch(prisma, id, { backlogHorizonMs: 24 * 3_600_000, limit });
const find = async (id: string) => (await findBulkAction(prisma, id)) ?? expect.fail('it is there');

async function toItsEnd(id: string, limit?: number) {
  while ((await batch(id, limit)) !== null);
  return find(id);
}

/** Messages of a line of their own, in the backlog of a line that is paused. */
async function waiting(count: number): Promise<{ lineId: string; ids: string[] }> {
  const lineId = await house.addLine(0);
  await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = now() WHERE v8l_id = $1::bigint', [lineId]);
  const ids = await house.send(lineId, count);
  return { lineId, ids: ids.toSorted((a, b) => Number(a) - Number(b)) };
}

async function unknowns(count: number): Promise<{ lineId: string; ids: string[] }> {
  const made = await waiting(count);
  await house.database.query(
    "UPDATE delivery SET state = 'unknown', unknown_at = clock_timestamp(), attempt = 1 WHERE v8l_id = $1::bigint",
    [made.lineId],
  );
  await house.database.query("UPDATE cdls SET cdls_status = 'WR' WHERE v8l_id = $1::bigint", [made.lineId]);
  return made;
}

/** Canceled ones, which can be replayed. */
async function canceled(count: number): Promise<{ lineId: string; ids: string[] }> {
  const made = await waiting(count);
  const id = await order({ kind: 'cancel', search: { ...nothingAsked, lineId: made.lineId, state: 'backlog' } });
  expect(await toItsEnd(id, 1_000)).toMatchObject({ state: 'finished', done: count });
  return made;
}

const statuses = (lineId: string) =>
  house.database.query<{ status: string; n: number }>(
    'SELECT cdls_status AS status, count(*)::int AS n FROM cdls WHERE v8l_id = $1::bigint GROUP BY 1 ORDER BY 1',
    [lineId],
  );

/** How many messages each was replayed as, and how many new ones there are. */
async function replays(lineId: string): Promise<{ links: number; made: number }> {
  const [row] = await house.database.query<{ links: number; made: number }>(
    `SELECT (SELECT count(*)::int FROM message_replay r JOIN cdls m USING (cdls_id) JOIN cdls n ON n.cdls_id = r.replay_id
        WHERE m.v8l_id = $1::bigint AND n.cdls_dest = m.cdls_dest) AS links,
      (SELECT count(*)::int FROM cdls m WHERE m.v8l_id = $1::bigint AND m.cdls_id IN (SELECT replay_id FROM message_replay)) AS made`,
    [lineId],
  );
  return row ?? { links: -1, made: -1 };
}

describe('a bulk action', () => {
  it('goes from the newest down, a batch at a time, to its end, and is in the audit with how many', async () => {
    const { lineId, ids } = await waiting(8);
    const id = await order({ kind: 'cancel', search: { ...nothingAsked, lineId, state: 'backlog' }, counted: 8 });
    expect(await bulkActionsAtWork(prisma)).toEqual([id]);
    expect(await batch(id)).toEqual({ messages: 3, hasEnded: false });
    expect(await find(id)).toMatchObject({ state: 'running', done: 3, beforeId: ids[5] });
    expect(await toItsEnd(id)).toMatchObject({
      state: 'finished',
      done: 8,
      skipped: 0,
      failed: 0,
      verdicts: { canceled: 8 },
    });
    expect(await statuses(lineId)).toEqual([{ status: 'CANCELED', n: 8 }]);
    expect(await bulkActionsAtWork(prisma)).toEqual([]);
    const deeds = (await listAudit(prisma, 2)).map(({ who, action, object, howMany }) => ({
      who,
      action,
      object,
      howMany,
    }));
    expect(deeds).toEqual([
      { who: 'test', action: 'end bulk action', object: `${id}: cancel`, howMany: 8 },
      { who: 'test', action: 'start bulk action', object: `${id}: cancel`, howMany: 8 },
    ]);
  });

  it('leaves alone what came later, and what has moved on meanwhile', async () => {
    const { lineId, ids } = await waiting(4);
    const search = { ...nothingAsked, lineId, state: 'backlog' as const };
    const id = await order({ kind: 'cancel', search });
    const [later] = await house.send(lineId, 1, { dest: 'later' });
    await house.database.query(
      "UPDATE delivery SET state = 'sending', lease_until = now() + interval '1 hour' WHERE cdls_id = $1::bigint",
      [ids[0]],
    );
    expect(await toItsEnd(id)).toMatchObject({ done: 3 });
    const left = await house.database.query<{ id: string }>(
      'SELECT cdls_id AS id FROM delivery WHERE v8l_id = $1::bigint ORDER BY 1',
      [lineId],
    );
    expect(left.map(({ id }) => id)).toEqual([ids[0], later]);
  });

  it('settles only what was unknown when it was confirmed', async () => {
    const { lineId, ids } = await unknowns(5);
    const search = { ...nothingAsked, lineId, state: 'unknown' as const };
    const id = await order({ kind: 'settle_not_sent', search });
    await settleByHand(prisma, testActor, ids[0] ?? '', { kind: 'sent', returnId: '' });
    await house.database.query('UPDATE delivery SET unknown_at = clock_timestamp() WHERE cdls_id = $1::bigint', [
      ids[1],
    ]);
    expect(await toItsEnd(id)).toMatchObject({ done: 3, skipped: 1, verdicts: { settled: 3, moved_on: 1 } });
    expect(await statuses(lineId)).toEqual([
      { status: 'ERROR', n: 3 },
      { status: 'OK', n: 1 },
      { status: 'WR', n: 1 },
    ]);
    const again = await order({ kind: 'send_again', search });
    expect(await toItsEnd(again)).toMatchObject({ done: 1, verdicts: { sent_again: 1 } });
  });

  it('replays each once, also when it is ordered twice, by two, at the same time', async () => {
    const { lineId } = await canceled(20);
    const search = { ...nothingAsked, lineId, state: 'CANCELED' as const };
    const both = await Promise.all([order({ kind: 'replay', search }), order({ kind: 'replay', search })]);
    const ended = await Promise.all(both.map((id) => toItsEnd(id, 4)));
    expect(ended.map(({ done, skipped }) => done + skipped)).toEqual([20, 20]);
    expect(ended.reduce((sum, { done }) => sum + done, 0)).toBe(20);
    expect(await replays(lineId)).toEqual({ links: 20, made: 20 });
  });

  it('is begun once by one form, and no batch is carried out by two', async () => {
    const { lineId } = await canceled(12);
    const action = {
      form: 'the same',
      kind: 'replay',
      search: { ...nothingAsked, lineId, state: 'CANCELED' },
      counted: 12,
      countedAll: true,
    } as const;
    const [first, second] = [
      await startBulkAction(prisma, testActor, action),
      await startBulkAction(prisma, testActor, action),
    ];
    expect(second).toBe(first);
    const workers = Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 30; round += 1) await batch(first, 2);
    });
    await Promise.all(workers);
    expect(await toItsEnd(first)).toMatchObject({ state: 'finished', done: 12, skipped: 0 });
    expect(await replays(lineId)).toEqual({ links: 12, made: 12 });
  });

  it('can be stopped, and then goes no further', async () => {
    const { lineId } = await canceled(6);
    const id = await order({ kind: 'replay', search: { ...nothingAsked, lineId, state: 'CANCELED' } });
    await batch(id, 2);
    expect(await stopBulkAction(prisma, testActor, id)).toBe(true);
    expect(await stopBulkAction(prisma, testActor, id)).toBe(false);
    expect(await batch(id)).toBeNull();
    expect(await find(id)).toMatchObject({ state: 'stopped', done: 2 });
    expect((await listAudit(prisma, 1))[0]).toMatchObject({
      action: 'stop bulk action',
      object: `${id}: replay`,
      howMany: 2,
    });
  });

  it('says how many a rule forbids', async () => {
    const { lineId } = await canceled(3);
    await house.database.query("UPDATE cd_v8_line SET v8l_fb_page_id = '' WHERE v8l_id = $1::bigint", [lineId]);
    const id = await order({ kind: 'replay', search: { ...nothingAsked, lineId, state: 'CANCELED' } });
    expect(await toItsEnd(id)).toMatchObject({ done: 0, failed: 3, verdicts: { line_incomplete: 3 } });
  });

  it('survives the death of the worker that is at it, and does everything once', async () => {
    const count = 4_000;
    const { lineId } = await canceled(count);
    const id = await order({ kind: 'replay', search: { ...nothingAsked, lineId, state: 'CANCELED' }, counted: count });
    const worker = await house.startWorker();
    await until(async () => (await find(id)).done > 0);
    await worker.end('SIGKILL');
    const left = await find(id);
    // The test says nothing when all was done before the kill.
    expect(left.state).toBe('running');
    expect(await replays(lineId)).toEqual({ links: left.done, made: left.done });
    const next = await house.startWorker();
    await until(
      async () => (await find(id)).state === 'finished',
      40_000,
      () => find(id),
    );
    await next.end('SIGTERM');
    expect(await find(id)).toMatchObject({ done: count, skipped: 0, failed: 0 });
    expect(await replays(lineId)).toEqual({ links: count, made: count });
  });
});
