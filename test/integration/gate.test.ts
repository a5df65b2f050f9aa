import { randomBytes } from 'node:crypto';
import type { Accept, NewMessage } from '@pombo/db/accept.ts';
import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { Database } from '@pombo/db/database.ts';
import { closeAllWhenMostAre, holdLine } from '@pombo/db/gates.ts';
import { releaseLines } from '@pombo/db/release.ts';
import type { Settle } from '@pombo/db/settle.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addFedCampaign } from '../support/campaign.ts';
import { type Hands, openHands } from '../support/hands.ts';
import { newMessage } from '../support/new-message.ts';
import { settleOf } from '../support/settle-of.ts';

let hands: Hands;
let database: Database;
let accept: Accept;
let claim: Hands['claim'];
let settle: Hands['settle'];
let go: Hands['go'];
let customerId: string;

beforeAll(async () => {
  hands = await openHands();
  ({ database, accept, claim, settle, go, customerId } = hands);
});
afterAll(() => hands.stop());

function addLine(over: { pace?: number; appId?: string | null } = {}): Promise<string> {
  return hands.addLine(over);
}

/** One after the other: they all raise one counter, and would wait for each other longer than for a connection. */
async function addLines(count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let n = 0; n < count; n += 1) lines.push(await addLine());
  return lines;
}

/** Accepts that many, each to a recipient of its own, and returns their numbers in order. */
async function send(lineId: string, count: number, over: Partial<NewMessage> = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const messageId = await accept.drawId();
    const dest = randomBytes(8).toString('hex');
    await accept.accept(newMessage(messageId, { customerId, lineId, dest, lane: 'now', ...over }));
    ids.push(messageId);
  }
  return ids;
}

function addCampaign(lineId: string, priority = 0): Promise<string> {
  return addFedCampaign(database, { customerId, lineId, queued: 0, priority });
}

const ask = (messageId: string, release = 1) => claim({ messageId, release });

const silence = { step: 'unknown', outcome: 'unknown', health: 'down', returnCode: null, returnId: null } as const;
const answered = { health: 'up' } as const;

async function call(lineId: string, over: Partial<Settle>): Promise<void> {
  const [messageId = ''] = await send(lineId, 1);
  await settle(settleOf(await go(messageId), over));
}

async function gateOf(lineId: string): Promise<Record<string, unknown>> {
  const [row] = await database.query<Record<string, unknown>>(
    `SELECT failures, trial_at IS NOT NULL AS closed, extract(epoch FROM trial_at - clock_timestamp())::float8 AS trial_in_s,
       trial_wait_s, pace_share, current_share(pace_share, pace_share_at) AS share_now, pace_because, blocked_because,
       extract(epoch FROM blocked_until - clock_timestamp())::float8 AS blocked_s
     FROM line_gate WHERE v8l_id = $1::bigint`,
    [lineId],
  );
  return row ?? {};
}

/** Everything the line's gate remembers happened this much earlier. */
async function letPass(lineId: string, seconds: number): Promise<void> {
  await database.query(
    `UPDATE line_gate SET trial_at = trial_at - $2 * interval '1 second', health_at = health_at - $2 * interval '1 second',
       pace_share_at = pace_share_at - $2 * interval '1 second', blocked_until = blocked_until - $2 * interval '1 second',
       text_next_at = text_next_at - $2 * interval '1 second', held_until = held_until - $2 * interval '1 second'
     WHERE v8l_id = $1::bigint`,
    [lineId, seconds],
  );
}

describe('a line whose calls Graph does not answer', () => {
  it('is closed after five in a row, and not before', async () => {
    const line = await addLine();
    for (let n = 0; n < 4; n += 1) await call(line, silence);
    expect(await gateOf(line)).toMatchObject({ failures: 4, closed: false });
    await call(line, answered);
    // That answer was to a call which began after the failures, so they are forgotten.
    expect(await gateOf(line)).toMatchObject({ failures: 0, closed: false });
    for (let n = 0; n < 5; n += 1) await call(line, silence);
    expect(await gateOf(line)).toMatchObject({ closed: true, trial_wait_s: 5 });
    const [next = ''] = await send(line, 1);
    expect(await ask(next)).toMatchObject({ kind: 'wait' });
  });

  it('gets one trial call at a time, later and later, until one is answered; then it starts at a quarter of its pace', async () => {
    const line = await addLine({ pace: 100 });
    for (let n = 0; n < 5; n += 1) await call(line, silence);
    const [first = '', second = ''] = await send(line, 2);
    await letPass(line, 5);
    const trial = await go(first);
    expect(await ask(second)).toMatchObject({ kind: 'wait' });
    await settle(settleOf(trial, silence));
    expect(await gateOf(line)).toMatchObject({ closed: true, trial_wait_s: 10 });
    expect((await gateOf(line)).trial_in_s).toBeGreaterThan(8);

    await letPass(line, 11);
    await database.query("UPDATE delivery SET due_at = now() - interval '1 second' WHERE cdls_id = $1", [second]);
    await settle(settleOf(await go(second), answered));
    expect(await gateOf(line)).toMatchObject({ failures: 0, closed: false, pace_share: 0.25 });
    await letPass(line, 10);
    const { share_now } = await gateOf(line);
    expect(share_now).toBeGreaterThan(0.44);
    expect(share_now).toBeLessThan(0.6);
  });

  it('is neither judged nor reopened by what was called before it was closed', async () => {
    const line = await addLine();
    const early = await Promise.all((await send(line, 3)).map((id) => go(id)));
    const [a, b, c] = early as [OpenAttempt, OpenAttempt, OpenAttempt];
    for (let n = 0; n < 5; n += 1) await call(line, silence);
    await settle(settleOf(a, silence));
    expect(await gateOf(line)).toMatchObject({ closed: true, trial_wait_s: 5 });
    await settle(settleOf(b, answered));
    expect(await gateOf(line)).toMatchObject({ closed: true });
    await letPass(line, 5);
    await call(line, answered);
    await settle(settleOf(c, silence));
    expect(await gateOf(line)).toMatchObject({ closed: false, failures: 0 });
  });

  it('takes the others with it when most are down', async () => {
    await database.query('UPDATE line_gate SET active_at = NULL');
    const lines = await Promise.all(Array.from({ length: 5 }, () => addLine()));
    for (const line of lines) await call(line, answered);
    const [first = '', second = '', third = '', , healthy = ''] = lines;
    for (const line of [first, second]) for (let n = 0; n < 5; n += 1) await call(line, silence);
    expect(await closeAllWhenMostAre(database)).toBe(0);
    for (let n = 0; n < 5; n += 1) await call(third, silence);
    expect(await closeAllWhenMostAre(database)).toBe(2);
    expect(await gateOf(healthy)).toMatchObject({ closed: true });
    await letPass(healthy, 6);
    await call(healthy, answered);
    // Most are still closed, but this one has just proved that Graph answers.
    expect(await closeAllWhenMostAre(database)).toBe(0);
    expect(await gateOf(healthy)).toMatchObject({ closed: false });
  });
});

it('a success between refusals ends the suspicion, whenever its call began', async () => {
  const line = await addLine();
  const refused = { step: 'ERROR', outcome: 'refused', lineEffect: 'suspect', because: 'no permission' } as const;
  const attempts = await Promise.all((await send(line, 5)).map((id) => go(id)));
  for (const [n, attempt] of attempts.entries()) {
    await settle(settleOf(attempt, n % 2 === 0 ? { ...refused, health: 'up' } : answered));
  }
  const [row] = await database.query('SELECT v8l_parked_at FROM cd_v8_line WHERE v8l_id = $1::bigint', [line]);
  expect(row).toEqual({ v8l_parked_at: null });
});

describe('a throttle', () => {
  const throttled = (over: Partial<Settle> = {}): Partial<Settle> => ({
    step: 'again',
    afterMs: 0,
    outcome: 'throttled',
    health: 'up',
    lineEffect: 'pause',
    scope: 'page',
    lineMs: 30_000,
    share: 0.5,
    because: 'too many calls',
    ...over,
  });

  it('halves the pace once for all the calls of one storm, and it recovers from the end of the pause', async () => {
    const line = await addLine({ pace: 100 });
    const attempts = await Promise.all((await send(line, 3)).map((id) => go(id)));
    for (const attempt of attempts) await settle(settleOf(attempt, throttled()));
    expect(await gateOf(line)).toMatchObject({ pace_share: 0.5, share_now: 0.5, blocked_because: 'too many calls' });
    const [waiting = ''] = await send(line, 1);
    const denied = await ask(waiting);
    if (denied.kind !== 'wait') throw new Error(denied.kind);
    expect(denied.afterMs).toBeGreaterThan(25_000);

    await letPass(line, 31);
    await call(line, throttled());
    expect((await gateOf(line)).pace_share).toBeLessThan(0.3);
  });

  it('of an application slows all its lines and no other', async () => {
    const [a, b, other] = [
      await addLine({ pace: 10, appId: '77' }),
      await addLine({ pace: 10, appId: '77' }),
      await addLine({ pace: 10 }),
    ];
    await call(a, throttled({ scope: 'app' }));
    expect(await gateOf(b)).toMatchObject({ pace_share: 0.5 });
    expect((await gateOf(b)).blocked_s).toBeGreaterThan(25);
    expect(await gateOf(other)).toMatchObject({ pace_share: 1, blocked_s: null });
    await call(other, throttled({ scope: 'app' }));
    expect(await gateOf(other)).toMatchObject({ pace_share: 0.5 });
  });

  it('a quota that fills up lowers the pace and never raises it', async () => {
    const line = await addLine({ pace: 50 });
    const slow = (share: number): Partial<Settle> => ({
      lineEffect: 'slow',
      scope: 'page',
      share,
      because: `at ${share}`,
      health: 'up',
    });
    await call(line, slow(0.4));
    await call(line, slow(0.8));
    expect(await gateOf(line)).toMatchObject({ pace_share: 0.4, pace_because: 'at 0.4' });
  });
});

it('a line that hangs keeps no more calls open than it is allowed, and others are not asked', async () => {
  const [hanging, healthy] = [await addLine(), await addLine()];
  const open = await Promise.all((await send(hanging, 3)).map((id) => go(id)));
  await holdLine(database, hanging, { now: 4, bulk: 2 }, 10_000);
  const [fourth = '', fifth = ''] = await send(hanging, 2);
  await go(fourth);
  expect(await ask(fifth)).toMatchObject({ kind: 'wait' });
  await Promise.all((await send(healthy, 20)).map((id) => go(id)));
  if (open[0]) await settle(settleOf(open[0], answered));
  await go(fifth);
  await letPass(hanging, 11);
  await Promise.all((await send(hanging, 5)).map((id) => go(id)));
});

it('a turn that nobody took in time is given later, but only one', async () => {
  const line = await addLine({ pace: 1 });
  await send(line, 4, { lane: 'bulk' });
  const { notes } = await releaseLines(database, [line]);
  await letPass(line, 60);
  const results = await Promise.all(notes.map((note) => claim(note)));
  // One for the time that has passed and one now; the next is a second away, too far to be given ahead.
  const turns = results.flatMap((result) =>
    result.kind === 'go' ? [Math.round(Math.max(0, result.turnInMs) / 1000)] : [],
  );
  expect(turns).toEqual([0, 0]);
});

describe('those who wait for the same line', () => {
  it('have their turns in the order of their release, whoever asks first', async () => {
    const line = await addLine({ pace: 1 });
    const [first = '', second = '', third = ''] = await send(line, 3, { lane: 'bulk' });
    await releaseLines(database, [line]);
    await letPass(line, 60);
    // The turn that has passed, the one that is free now, and one in a second: that is the third's.
    const early = await ask(third);
    expect(early).toMatchObject({ kind: 'wait', afterMs: expect.toSatisfy((ms) => ms > 500 && ms < 1_000) });
    await go(first);
    await go(second);
    expect(await ask(third)).toMatchObject({ kind: 'wait' });
    await letPass(line, 2);
    await go(third);
  });

  it('stay a second longer than the release window behind one whose note was lost, and no longer', async () => {
    const line = await addLine({ pace: 1 });
    const [lost = '', , third = ''] = await send(line, 3, { lane: 'bulk' });
    await releaseLines(database, [line]);
    await letPass(line, 60);
    const wait = (seconds: number) =>
      database.query(
        "UPDATE delivery SET released_at = released_at - $2 * interval '1 second' WHERE v8l_id = $1::bigint",
        [line, seconds],
      );
    await wait(20);
    expect(await ask(third)).toMatchObject({ kind: 'wait' });
    await wait(1);
    await go(third);
    await go(lost);
  });

  it('stand behind nobody who has left, or who sleeps before another try', async () => {
    const line = await addLine({ pace: 1 });
    const [gone = '', tried = ''] = await send(line, 2, { lane: 'bulk' });
    await releaseLines(database, [line]);
    await letPass(line, 60);
    await settle(settleOf(await go(tried), { step: 'again', afterMs: 60_000 }));
    await database.query('DELETE FROM delivery WHERE cdls_id = $1', [gone]);
    const [next = ''] = await send(line, 1, { lane: 'bulk' });
    await releaseLines(database, [line]);
    await go(next);
  });
});

describe('release', () => {
  const due = (lineIds: string[]) => releaseLines(database, lineIds);

  it('tells each message when its turn is to be expected', async () => {
    const line = await addLine({ pace: 10 });
    await send(line, 30, { lane: 'bulk' });
    const { notes } = await due([line]);
    expect(notes).toHaveLength(20);
    expect(notes[0]?.afterMs).toBe(0);
    expect(notes[19]?.afterMs).toBeGreaterThan(1_500);
    expect(notes[19]?.afterMs).toBeLessThan(1_900);
    const unhurried = await addLine();
    await send(unhurried, 5, { lane: 'bulk' });
    expect((await due([unhurried])).notes.map((note) => note.afterMs)).toEqual([0, 0, 0, 0, 0]);
  });

  it('gives single messages their half of the window beside campaigns, and campaigns equal parts of the rest', async () => {
    const line = await addLine({ pace: 20 });
    const [first, second] = [await addCampaign(line), await addCampaign(line)];
    const campaigns = new Map<string, string[]>();
    for (const source of [first, second, '0']) {
      const ids = await send(line, 60, { lane: 'bulk' });
      await database.query('UPDATE delivery SET source = $1 WHERE cdls_id = ANY ($2::bigint[])', [source, ids]);
      campaigns.set(source, ids);
    }
    const { notes } = await due([line]);
    const released = new Set(notes.map((note) => note.messageId));
    const of = (source: string) => (campaigns.get(source) ?? []).filter((id) => released.has(id)).length;
    expect([of('0'), of(first), of(second)]).toEqual([20, 10, 10]);
  });

  it('lets a campaign of a higher priority go first, and one of a lower have what is left', async () => {
    const line = await addLine({ pace: 20 });
    const [low, high] = [await addCampaign(line, -1), await addCampaign(line, 5)];
    for (const [source, count] of [
      [low, 60],
      [high, 25],
    ] as const) {
      const ids = await send(line, count, { lane: 'bulk' });
      await database.query('UPDATE delivery SET source = $1 WHERE cdls_id = ANY ($2::bigint[])', [source, ids]);
    }
    const { notes } = await due([line]);
    const rows = await database.query<{ source: string; count: number }>(
      'SELECT source, count(*)::int AS count FROM delivery WHERE cdls_id = ANY ($1::bigint[]) GROUP BY source',
      [notes.map((note) => note.messageId)],
    );
    expect(Object.fromEntries(rows.map((row) => [row.source, row.count]))).toEqual({ [high]: 25, [low]: 15 });
  });

  it('fills the windows of texts and of media apart, so that neither waits behind the other', async () => {
    const line = await addLine({ pace: 20 });
    const videos = await send(line, 60, { lane: 'bulk', type: 'video' });
    const texts = await send(line, 60, { lane: 'bulk' });
    const released = new Set((await due([line])).notes.map((note) => note.messageId));
    expect([videos, texts].map((ids) => ids.filter((id) => released.has(id)).length)).toEqual([20, 40]);
  });

  it('lets a campaign have the whole window when nothing else is due', async () => {
    const line = await addLine({ pace: 20 });
    const [sleeping = ''] = await send(line, 1, { lane: 'bulk' });
    await database.query("UPDATE delivery SET due_at = now() + interval '1 hour' WHERE cdls_id = $1", [sleeping]);
    const ids = await send(line, 60, { lane: 'bulk' });
    await database.query('UPDATE delivery SET source = $1 WHERE cdls_id = ANY ($2::bigint[])', [
      await addCampaign(line),
      ids,
    ]);
    expect((await due([line])).notes.map((note) => note.messageId)).toEqual(ids.slice(0, 40));
  });

  it('releases one message of a closed line, for its trial, and none of one that may not send', async () => {
    const [closed, paused, blocked] = [await addLine(), await addLine(), await addLine()];
    for (let n = 0; n < 5; n += 1) await call(closed, silence);
    for (const line of [closed, paused, blocked]) await send(line, 5, { lane: 'bulk' });
    await database.query('UPDATE cd_v8_line SET v8l_paused_at = now() WHERE v8l_id = $1::bigint', [paused]);
    await database.query("UPDATE line_gate SET blocked_until = now() + interval '1 minute' WHERE v8l_id = $1::bigint", [
      blocked,
    ]);
    expect((await due([closed, paused, blocked])).notes).toEqual([]);
    await letPass(closed, 5);
    expect((await due([closed, paused, blocked])).notes.map((note) => note.lineId)).toEqual([closed]);
  });

  it('divides a lane that is nearly full among the lines that ask', async () => {
    const lines = await Promise.all(Array.from({ length: 4 }, () => addLine()));
    for (const line of lines) await send(line, 30, { lane: 'bulk' });
    await database.query("UPDATE delivery SET state = 'backlog' WHERE state = 'released' AND lane = 'bulk'");
    const rows = await database.query<{ line_id: string; message_id: string | null; again: boolean }>(
      'SELECT * FROM release_lines($1::bigint[], 40)',
      [lines],
    );
    const moved = lines.map((line) => rows.filter((row) => row.line_id === line && row.message_id !== null).length);
    expect(moved).toEqual([10, 10, 10, 10]);
    expect(new Set(rows.filter((row) => row.again).map((row) => row.line_id))).toEqual(new Set(lines));
  });

  it('serves lines in turn, one message each when there are many and the workers are behind, whoever asks', async () => {
    const [busy, ...lines] = await addLines(106);
    await send(busy ?? '', 400, { lane: 'bulk' });
    await due([busy ?? '']);
    await Promise.all(lines.map((line) => send(line, 3, { lane: 'bulk' })));
    const served = async (asked: string[]) => {
      const rows = await database.query<{ line_id: string; message_id: string | null }>(
        `SELECT r.* FROM (SELECT count(*)::int AS taken FROM delivery WHERE lane = 'bulk' AND state = 'released') l,
           release_lines($1::bigint[], l.taken + 150) r`,
        [asked],
      );
      return rows.flatMap((row) => (row.message_id === null ? [] : [row.line_id]));
    };
    const first = await served(lines);
    expect([first.length, new Set(first).size]).toEqual([100, 100]);
    const second = await served(lines.toReversed());
    const waited = lines.filter((line) => !first.includes(line));
    expect(second.slice(0, 5).toSorted()).toEqual(waited.toSorted());
    expect(second.slice(5)).toEqual(first.slice(0, 95));
    const { looked } = await due(lines.slice(0, 3));
    expect(looked.toSorted()).toEqual(lines.slice(0, 3).toSorted());
  });

  it('does not let lines that may not send, however many, stand before one that may', async () => {
    const blocked = await addLines(105);
    const free = await addLine();
    await Promise.all([...blocked, free].map((line) => send(line, 1, { lane: 'bulk' })));
    await database.query(
      "UPDATE line_gate SET blocked_until = now() + interval '1 minute' WHERE v8l_id = ANY ($1::bigint[])",
      [blocked],
    );
    const asked = [...blocked, free];
    const [first, second] = [await due(asked), await due(asked)];
    expect([...first.notes, ...second.notes].map((note) => note.lineId)).toEqual([free]);
  });
});
