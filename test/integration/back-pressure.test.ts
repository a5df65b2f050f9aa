import { randomBytes } from 'node:crypto';
import { type Accept, type NewMessage, openAccept } from '@pombo/db/accept.ts';
import { countBacklogs, openBacklogCount } from '@pombo/db/backlog-count.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Ask,
  type Doorstep,
  type LineOptions,
  openDoorstep,
  type Reply,
  type TestApi,
} from '../support/doorstep.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { losingFirstAnswer } from '../support/lost-answer.ts';
import { newMessage } from '../support/new-message.ts';

const hourMs = 3_600_000;

describe('at the door, where nobody delivers', () => {
  let doorstep: Doorstep;
  let accept: Accept;
  let customerId: string;
  let recipients = 0;

  beforeAll(async () => {
    doorstep = await openDoorstep();
    accept = openAccept(doorstep.database, () => {}, { backlogHorizonMs: hourMs });
    customerId = await doorstep.addCustomer();
  });
  afterAll(() => doorstep.stop());

  const addLine = (options: LineOptions = {}) => doorstep.addLine(customerId, options);
  const set = (sql: string, line: string) => doorstep.database.query(sql, [line]);

  async function message(lineId: string, over: Partial<NewMessage> = {}): Promise<NewMessage> {
    recipients += 1;
    return newMessage(await accept.drawId(), { customerId, lineId, dest: `${recipients}`, ...over });
  }
  const now = (lineId: string, waitMs: number, over: Partial<NewMessage> = {}) =>
    message(lineId, { lane: 'now', waitMs, ...over });

  async function send(made: Promise<NewMessage>) {
    return accept.accept(await made);
  }

  /** In one statement, in this order. */
  async function sendTogether(made: readonly Promise<NewMessage>[]) {
    const messages = await Promise.all(made);
    const results = await Promise.all(messages.map((each) => accept.accept(each)));
    return results.map((result, place) => ({ result, messageId: messages[place]?.messageId ?? '' }));
  }
  const kindsOf = (sent: Awaited<ReturnType<typeof sendTogether>>) => sent.map(({ result }) => result.kind);

  async function rowsOf(messageIds: readonly string[]): Promise<number> {
    const [row] = await doorstep.database.query<{ count: number }>(
      `SELECT (SELECT count(*) FROM cdls WHERE cdls_id = ANY ($1::bigint[]))::int
            + (SELECT count(*) FROM delivery WHERE cdls_id = ANY ($1::bigint[]))::int
            + (SELECT count(*) FROM idempotency_key WHERE cdls_id = ANY ($1::bigint[]))::int
            + (SELECT count(*) FROM duplicate_window WHERE cdls_id = ANY ($1::bigint[]))::int AS count`,
      [messageIds],
    );
    return row?.count ?? -1;
  }

  /** The last count is as old as it has to be. */
  async function countNow(): Promise<void> {
    await doorstep.database.query("UPDATE backlog_count SET counted_at = '-infinity'");
    await countBacklogs(doorstep.database);
  }

  describe('the count', () => {
    const counted = async (line: string) =>
      (
        await doorstep.database.query(
          `SELECT b.messages, b.due_messages AS due, b.oldest_at = d.oldest AS oldest, b.oldest_due_at = d.oldest_due AS "oldestDue"
           FROM line_backlog b, (SELECT min(accepted_at) AS oldest, min(accepted_at) FILTER (WHERE due_at <= now()) AS oldest_due
             FROM delivery WHERE v8l_id = $1::bigint AND state = 'backlog') d WHERE b.v8l_id = $1::bigint`,
          [line],
        )
      )[0];

    it('knows every line that has a backlog, and forgets one that has none any more', async () => {
      const [line, other] = [await addLine(), await addLine()];
      const first = await message(line);
      await accept.accept(first);
      await sendTogether([message(line), message(line), message(other), now(other, 1000)]);
      await set("UPDATE delivery SET due_at = now() + interval '1 hour' WHERE cdls_id = $1::bigint", first.messageId);
      await countNow();
      expect(await counted(line)).toEqual({ messages: '3', due: '2', oldest: true, oldestDue: true });
      expect(await counted(other)).toEqual({ messages: '1', due: '1', oldest: true, oldestDue: true });
      await set('DELETE FROM delivery WHERE v8l_id = $1::bigint', line);
      await countNow();
      expect(await counted(line)).toBeUndefined();
    });

    it('is made by one of many who ask at once, and then rests 20 times as long as it took', async () => {
      const { database } = doorstep;
      const count = async () =>
        (await database.query<{ counted: boolean }>('SELECT count_backlogs() AS counted'))[0]?.counted;
      await database.query("UPDATE backlog_count SET counted_at = '-infinity'");
      const counted = await Promise.all(Array.from({ length: 4 }, count));
      expect(counted.filter(Boolean)).toHaveLength(1);
      await database.query("UPDATE backlog_count SET counted_at = now() - interval '1 minute', took_ms = 6000");
      expect(await count()).toBe(false);
      await database.query('UPDATE backlog_count SET took_ms = 2000');
      expect(await count()).toBe(true);
    });

    it('is not tried all the time when it fails', async () => {
      let nowMs = 1000;
      let counts = 0;
      const step = openBacklogCount(
        async () => {
          counts += 1;
          nowMs += 100;
          throw new Error('it takes too long');
        },
        () => nowMs,
      );
      await expect(step()).rejects.toThrow('too long');
      nowMs += 1999;
      await step();
      expect(counts).toBe(1);
      nowMs += 1;
      await expect(step()).rejects.toThrow('too long');
    });
  });

  describe('an asynchronous send', () => {
    it('is refused when the backlog is as long as the horizon, and writes nothing', async () => {
      const line = await addLine({ pace: 0.001 });
      // 3.6 messages are an hour of this pace.
      const first = await sendTogether(Array.from({ length: 6 }, () => message(line)));
      expect(kindsOf(first)).toEqual(['accepted', 'accepted', 'accepted', 'full', 'full', 'full']);
      await countNow();
      const key = { key: randomBytes(6).toString('hex'), fingerprint: randomBytes(32) };
      const window = { digest: randomBytes(32), seconds: 600 };
      const refused = await sendTogether([message(line, { idempotency: key, duplicateWindow: window })]);
      expect(refused[0]?.result.kind).toBe('full');
      const everyone = [...first.slice(3), ...refused].map(({ messageId }) => messageId);
      expect(await rowsOf(everyone)).toBe(0);
      // 0.4 messages too many.
      const { result } = refused[0] ?? {};
      expect(result?.kind === 'full' && Math.round(result.afterMs)).toBe(400_000);
    });

    it('is let in again when the backlog is shorter', async () => {
      const line = await addLine({ pace: 0.001 });
      await sendTogether(Array.from({ length: 4 }, () => message(line)));
      await countNow();
      expect((await send(message(line))).kind).toBe('full');
      await set('DELETE FROM delivery WHERE v8l_id = $1::bigint', line);
      await countNow();
      expect((await send(message(line))).kind).toBe('accepted');
    });

    it('knows no horizon without a pace', async () => {
      const line = await addLine();
      await sendTogether(Array.from({ length: 50 }, () => message(line)));
      await set('INSERT INTO line_backlog VALUES ($1::bigint, 100000000, now(), now(), now())', line);
      expect((await send(message(line))).kind).toBe('accepted');
    });

    it('joins a message under its key, and its retry is accepted, however full the line is', async () => {
      const line = await addLine({ pace: 0.001 });
      const key = { key: randomBytes(6).toString('hex'), fingerprint: randomBytes(32) };
      const first = await message(line, { idempotency: key });
      const forgetful = losingFirstAnswer(doorstep.database, async () => {
        await sendTogether(Array.from({ length: 4 }, () => message(line)));
        await countNow();
      });
      const retried = await openAccept(forgetful, () => {}, { backlogHorizonMs: hourMs }).accept(first);
      expect(retried.kind).toBe('accepted');
      expect((await send(message(line))).kind).toBe('full');
      expect(await send(message(line, { idempotency: key }))).toEqual({ kind: 'replay', messageId: first.messageId });
      expect((await send(message(line, { idempotency: { ...key, fingerprint: randomBytes(32) } }))).kind).toBe(
        'key_reused',
      );
    });

    it('shares the refusal of the message it was to join', async () => {
      const line = await addLine({ pace: 0.001 });
      await set('INSERT INTO line_backlog VALUES ($1::bigint, 100, now(), now(), now())', line);
      const key = { key: randomBytes(6).toString('hex'), fingerprint: randomBytes(32) };
      const both = await sendTogether([message(line, { idempotency: key }), message(line, { idempotency: key })]);
      expect(kindsOf(both)).toEqual(['full', 'full']);
      expect(await rowsOf(both.map(({ messageId }) => messageId))).toBe(0);
    });
  });

  describe('a synchronous send', () => {
    it('is refused when its turn comes too late, counting those who wait and its neighbours', async () => {
      const line = await addLine({ pace: 1 });
      // One now, two borrowed, two more within two seconds.
      const first = await sendTogether(Array.from({ length: 7 }, () => now(line, 2000)));
      expect(kindsOf(first)).toEqual(['accepted', 'accepted', 'accepted', 'accepted', 'accepted', 'full', 'full']);
      const waits = first.map(({ result }) => (result.kind === 'full' ? Math.round(result.afterMs / 1000) : 0));
      expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2]);
      expect(await rowsOf(first.slice(5).map(({ messageId }) => messageId))).toBe(0);
      expect((await send(now(line, 2000))).kind).toBe('full');
      expect((await send(now(line, 10_000))).kind).toBe('accepted');
    });

    it('is not in the way of its neighbours when it is refused', async () => {
      const line = await addLine({ pace: 1 });
      await sendTogether(Array.from({ length: 4 }, () => now(line, 2000)));
      const mixed = await sendTogether([now(line, 0), now(line, 500), now(line, 2000), now(line, 2000)]);
      expect(kindsOf(mixed)).toEqual(['full', 'full', 'accepted', 'full']);
    });

    it('is refused while the line is blocked for longer than the wait', async () => {
      const line = await addLine();
      await set("UPDATE line_gate SET blocked_until = now() + interval '30 seconds' WHERE v8l_id = $1::bigint", line);
      const result = await send(now(line, 12_000));
      expect(result.kind === 'full' && Math.ceil(result.afterMs / 1000)).toBe(18);
      expect((await send(now(line, 40_000))).kind).toBe('accepted');
    });

    it('counts from the next free turn, at the pace the line has now', async () => {
      const line = await addLine({ pace: 10 });
      await set("UPDATE line_gate SET text_next_at = now() + interval '5 seconds' WHERE v8l_id = $1::bigint", line);
      expect((await send(now(line, 4000))).kind).toBe('full');
      expect((await send(now(line, 6000))).kind).toBe('accepted');
      expect((await send(now(line, 0, { type: 'video' }))).kind).toBe('accepted');
      await set(
        'UPDATE line_gate SET text_next_at = now(), pace_share = 0.01, pace_share_at = now() WHERE v8l_id = $1::bigint',
        line,
      );
      // A hundredth of ten per second: one waits, two may borrow, so the fourth has to wait about ten seconds.
      const slow = await sendTogether(Array.from({ length: 3 }, () => now(line, 3000)));
      expect(kindsOf(slow)).toEqual(['accepted', 'accepted', 'full']);
    });

    it('does not wait behind what sleeps for longer, nor behind the other budget', async () => {
      const line = await addLine({ pace: 1 });
      await sendTogether(Array.from({ length: 5 }, () => now(line, 2000)));
      expect((await send(now(line, 2000))).kind).toBe('full');
      expect((await send(now(line, 2000, { type: 'audio' }))).kind).toBe('accepted');
      await set("UPDATE delivery SET due_at = now() + interval '1 minute' WHERE v8l_id = $1::bigint", line);
      expect((await send(now(line, 2000))).kind).toBe('accepted');
    });

    it('is accepted by a line that may not send: it hears so at once', async () => {
      for (const trouble of ['v8l_paused_at = now()', 'v8l_parked_at = now()']) {
        const line = await addLine({ pace: 1 });
        await set("UPDATE line_gate SET blocked_until = now() + interval '1 hour' WHERE v8l_id = $1::bigint", line);
        expect((await send(now(line, 1000))).kind).toBe('full');
        await set(`UPDATE cd_v8_line SET ${trouble} WHERE v8l_id = $1::bigint`, line);
        expect((await send(now(line, 1000))).kind).toBe('accepted');
      }
    });

    it('asks its questions by their index, and a batch of asynchronous ones does not ask them', async () => {
      const line = await addLine({ pace: 40 });
      const scans = async () => {
        await doorstep.database.query('SELECT pg_stat_force_next_flush()');
        await doorstep.database.query('SELECT pg_stat_clear_snapshot()');
        const [row] = await doorstep.database.query<{ scans: number }>(
          "SELECT idx_scan::int AS scans FROM pg_stat_user_indexes WHERE indexrelname = 'delivery_waiting_of_line'",
        );
        return row?.scans ?? -1;
      };
      await expect
        .poll(async () => {
          const before = await scans();
          await sendTogether([now(line, 1000)]);
          return (await scans()) - before;
        })
        .toBeGreaterThan(0);
      const settled = await scans();
      await sendTogether([message(line), message(line)]);
      expect(await scans()).toBe(settled);
    });
  });

  it('writes the messages of one who sends a few among those of one who sends thousands', async () => {
    const other = await doorstep.addCustomer();
    const [line, theirs] = [await addLine(), await doorstep.addLine(other)];
    const flood = await Promise.all(Array.from({ length: 3000 }, () => message(line)));
    const trickle = await Promise.all(
      Array.from({ length: 5 }, async () => message(theirs, { customerId: other, lineId: theirs })),
    );
    await Promise.all([...flood, ...trickle].map((each) => accept.accept(each)));
    const [row] = await doorstep.database.query<{ before: number; all: number }>(
      `SELECT count(*) FILTER (WHERE position < (SELECT max(position) FROM delivery WHERE v8l_id = $2::bigint))::int AS before,
         count(*)::int AS all FROM delivery WHERE v8l_id = $1::bigint`,
      [line, theirs],
    );
    expect(row?.all).toBe(3000);
    // Two statements of 256 may be under way before it is their turn.
    expect(row?.before).toBeLessThanOrEqual(768);
  });

  it('lets in what was written before without an answer, however full the line: its row may be on its way', async () => {
    const { database } = doorstep;
    const line = await addLine({ pace: 0.001 });
    await set('INSERT INTO line_backlog VALUES ($1::bigint, 100, now(), now(), now())', line);
    let lost = 0;
    const forgetful = openAccept(
      {
        ...database,
        attempt: async (text, values) => {
          if (lost === 1 || !text.includes('accept_messages')) return database.attempt(text, values);
          lost += 1;
          return { kind: 'fate_unknown', error: new Error('the connection broke') };
        },
      },
      () => {},
    );
    expect(await forgetful.accept(await message(line))).toEqual({ kind: 'accepted' });
    expect(lost).toBe(1);
    expect((await send(message(line))).kind).toBe('full');
  });

  describe('the answer', () => {
    let api: TestApi;
    let tsid: string;

    beforeAll(async () => {
      tsid = await doorstep.addToken(customerId);
      api = await doorstep.openApi({ acceptLimits: { backlogHorizonMs: hourMs } });
    });

    const ask = (line: string, over: Record<string, string> = {}, more: Ask = {}): Promise<Reply> => {
      recipients += 1;
      const all = { tsid, app_id: line, dest: `${recipients}`, mdata: 'hello', ...over };
      return api.ask({ body: new URLSearchParams(all).toString(), ...more });
    };

    function expectFull(reply: Reply, retryAfter: RegExp): void {
      expect(reply.text).toBe('{"return":{"status":"queue full","status_code":429,"messageId":"","cdls_id":0}}');
      expect(reply.status).toBe(429);
      expect(reply.headers['retry-after']).toMatch(retryAfter);
      expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(reply.headers.location).toBeUndefined();
    }

    it('says when to come again, in lane bulk and in lane now', async () => {
      const line = await addLine({ pace: 0.001 });
      await set('INSERT INTO line_backlog VALUES ($1::bigint, 4, now(), now(), now())', line);
      const before = await doorstep.rows();
      expectFull(await ask(line, { async: '1' }), /^1400$/);
      await set("UPDATE line_gate SET blocked_until = now() + interval '30 seconds' WHERE v8l_id = $1::bigint", line);
      expectFull(await ask(line), /^1[89]$/);
      await set("UPDATE line_gate SET blocked_until = now() + interval '12.3 seconds' WHERE v8l_id = $1::bigint", line);
      expectFull(await ask(line), /^1$/);
      expect(await doorstep.rows()).toBe(before);
      expect(await api.metrics.registry.metrics()).toMatch(/pombo_requests_refused_total\{.*code="429".*\} 3/);
    });

    it('replays a key on a full line', async () => {
      const line = await addLine({ pace: 0.001 });
      const key = { headers: { 'idempotency-key': randomBytes(6).toString('hex') } };
      const first = await ask(line, { async: '1', dest: 'same' }, key);
      expect(first.status).toBe(202);
      await set('INSERT INTO line_backlog VALUES ($1::bigint, 100, now(), now(), now())', line);
      const again = await ask(line, { async: '1', dest: 'same' }, key);
      expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([202, first.text, 'true']);
      expect((await ask(line, { async: '1' })).status).toBe(429);
    });

    it('is 503 at once for whoever finds too many waiting to be written, and all others are written', async () => {
      const crowded = await doorstep.openApi({ acceptLimits: { maxWaiting: 4 } });
      const line = await addLine();
      const send = () => {
        recipients += 1;
        const all = { tsid, app_id: line, dest: `${recipients}`, mdata: 'hello', async: '1' };
        return crowded.ask({ body: new URLSearchParams(all).toString() });
      };
      const early: Reply[] = [];
      const locker = await doorstep.database.pool.connect();
      await locker.query('BEGIN; LOCK TABLE cdls');
      const replies = Array.from({ length: 20 }, async () => {
        const reply = await send();
        early.push(reply);
        return reply.status;
      });
      // Two statements of two are under way and two more wait; these are answered while nothing can be written.
      await expect.poll(() => early.length, { timeout: 4000 }).toBeGreaterThanOrEqual(14);
      for (const reply of early) {
        expect(reply.text).toBe('{"return":{"status":"unavailable","status_code":503,"messageId":"","cdls_id":0}}');
        expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
      }
      await locker.query('COMMIT');
      locker.release();
      const written = (await Promise.all(replies)).filter((status) => status === 202).length;
      expect(written).toBeGreaterThanOrEqual(2);
      expect(await set('SELECT count(*)::int AS rows FROM delivery WHERE v8l_id = $1::bigint', line)).toEqual([
        { rows: written },
      ]);
      await crowded.close();
    });

    it('treats an unknown outcome as the request says, else as the line says', async () => {
      const line = await addLine({ onUnknown: 'resend' });
      const stored = async (over: Record<string, string>) => {
        const reply = await ask(line, { async: '1', ...over });
        const id = JSON.parse(reply.text).return.cdls_id;
        return doorstep.database.query(
          'SELECT cdls_on_unknown AS logged, on_unknown AS acted FROM cdls JOIN delivery USING (cdls_id) WHERE cdls_id = $1',
          [id],
        );
      };
      expect(await stored({})).toEqual([{ logged: 'resend', acted: 'resend' }]);
      expect(await stored({ on_unknown: 'perhaps' })).toEqual([{ logged: 'resend', acted: 'resend' }]);
      expect(await stored({ on_unknown: 'hold' })).toEqual([{ logged: 'hold', acted: 'hold' }]);
    });
  });
});

describe.each<Backend>(['redis', 'postgres'])('a burst of synchronous sends on a line of pace 1, on %s', (backend) => {
  let house: House | null;

  beforeAll(async () => {
    house = await openHouse({ backend });
  });
  afterAll(() => house?.stop());

  it('is refused as far as it cannot be sent in time, and all others are sent', async ({ skip }) => {
    if (!house) return skip();
    const { database, simulator, tsid } = house;
    const line = await house.addLine(1);
    await house.startWorker();
    const api = await house.startApi({ SYNC_WAIT_MS: '4000' });
    async function ask(dest: string) {
      const body = new URLSearchParams({ tsid, app_id: line, dest, mdata: 'hello' });
      const reply = await fetch(`${api.url}/api/v2/MakeMessenger.php`, { method: 'POST', body });
      const { return: said } = (await reply.json()) as { return: { status: string; cdls_id: number } };
      // A process that has just started on a busy machine may say so: nothing was written, come again.
      if (reply.status === 503) return ask(dest);
      return { http: reply.status, retryAfter: reply.headers.get('retry-after'), ...said };
    }
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(`77${index}`)));
    expect(new Set(answers.map(({ http }) => http))).toEqual(new Set([200, 429]));
    const refused = answers.filter(({ http }) => http === 429);
    const others = answers.filter(({ http }) => http === 200);
    // Three at once, one for each second of the wait, and one for each second that the burst itself takes.
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(others.length).toBeGreaterThanOrEqual(3);
    for (const { status, cdls_id, retryAfter } of refused) {
      expect([status, cdls_id]).toEqual(['queue full', 0]);
      expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    }
    for (const { status } of others) expect(['OK', 'WR']).toContain(status);
    await expect.poll(async () => (await database.query('SELECT 1 FROM delivery')).length, { timeout: 40_000 }).toBe(0);
    const rows = await database.query<{ id: string; status: string }>(
      'SELECT cdls_id AS id, cdls_status AS status FROM cdls',
    );
    expect(rows.map(({ id }) => Number(id)).sort()).toEqual(others.map(({ cdls_id }) => cdls_id).sort());
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['OK']));
    expect(simulator.ledger.size).toBe(others.length);
  });
});
