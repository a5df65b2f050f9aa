import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import type { Program } from '../support/program.ts';

interface Envelope {
  return: { status: string; status_code: number; messageId: string; cdls_id: number };
}

describe.each<Backend>(['redis', 'postgres'])('one message from the door to Graph and back, on %s', (backend) => {
  let house: House | null;
  let worker: Program;
  let api: Program;
  let line: string;

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 40 });
    if (!house) return;
    line = await house.addLine(0);
    worker = await house.startWorker({ LOG_LEVEL: 'info' });
    api = await house.startApi({ LOG_LEVEL: 'info' });
  });
  afterAll(() => house?.stop());

  async function send(parameters: Record<string, string>, headers: Record<string, string> = {}) {
    const answer = await fetch(`${api.url}/api/v2/MakeMessenger.php`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house?.tsid}`, ...headers },
      body: new URLSearchParams({ app_id: line, dest: '1234567890123456', mdata: 'planted-text', ...parameters }),
    });
    return { httpStatus: answer.status, headers: answer.headers, ...((await answer.json()) as Envelope).return };
  }

  it('answers with the real outcome', async ({ skip }) => {
    if (!house) return skip();
    const answer = await send({});
    expect(answer).toMatchObject({ httpStatus: 200, status: 'OK', status_code: 200 });
    const entry = house.simulator.ledger.entries().at(-1);
    expect(entry).toMatchObject({ mid: answer.messageId, dest: '1234567890123456', text: 'planted-text' });
    expect(JSON.parse(entry?.metadata ?? '{}')).toEqual({ cdls_id: String(answer.cdls_id), attempt: 1 });
  });

  it('answers with what Graph refused, and with Graph’s code', async ({ skip }) => {
    if (!house) return skip();
    house.simulator.weather.add({ match: { dest: '551' }, effect: { kind: 'error', code: 551, subcode: 1545041 } });
    expect(await send({ dest: '551' })).toMatchObject({
      httpStatus: 400,
      status: 'ERROR',
      status_code: 400,
      messageId: '',
    });
  });

  it('says WR at once when nobody knows, and sends nothing again', async ({ skip }) => {
    if (!house) return skip();
    house.simulator.weather.add({ match: { dest: '502' }, effect: { kind: 'reset_after_accept' } });
    const before = house.simulator.ledger.size;
    const answer = await send({ dest: '502' });
    expect(answer).toMatchObject({ httpStatus: 200, status: 'WR', status_code: 1, messageId: '' });
    expect(answer.headers.get('location')).toBe(`/v1/messages/${answer.cdls_id}`);
    expect(house.simulator.ledger.size - before).toBe(1);
  });

  it('hands an asynchronous one over and delivers it', async ({ skip }) => {
    if (!house) return skip();
    const before = house.simulator.ledger.size;
    const answer = await send({ async: '1', dest: '77' });
    expect(answer).toMatchObject({ httpStatus: 202, status: 'WR', status_code: 1 });
    await house.simulator.ledger.whenAccepted(before + 1);
    expect(house.simulator.ledger.entries().at(-1)?.dest).toBe('77');
  });

  it('joins the running request under an Idempotency-Key, and sends once', async ({ skip }) => {
    if (!house) return skip();
    const before = house.simulator.ledger.size;
    const key = { 'idempotency-key': 'order-77' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => send({ dest: '78' }, key)));
    expect(new Set(answers.map((answer) => answer.cdls_id)).size).toBe(1);
    expect(answers.every((answer) => answer.status === 'OK')).toBe(true);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(3);
    expect(await send({ dest: '79' }, key)).toMatchObject({ httpStatus: 422, cdls_id: 0 });
    expect(house.simulator.ledger.size - before).toBe(1);
  });

  it('answers within 1.5 s of the settle when no announcement arrives', async ({ skip }) => {
    if (!house) return skip();
    // Whoever waits is written down under a name that nobody listens to.
    await house.database.query(`
      CREATE FUNCTION nobody() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.origin := ''nobody''; RETURN NEW; END'`);
    await house.database.query(
      'CREATE TRIGGER nobody_listens BEFORE INSERT ON delivery FOR EACH ROW EXECUTE FUNCTION nobody()',
    );
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const answer = await send({ dest: `60${n}` });
        return { answer, answeredAt: Date.now() };
      }),
    );
    await house.database.query('DROP TRIGGER nobody_listens ON delivery');
    for (const { answer, answeredAt } of answers) {
      expect(answer.status).toBe('OK');
      const [row] = await house.database.query<{ at: Date }>(
        'SELECT cdls_settled_at AS at FROM cdls WHERE cdls_id = $1::bigint',
        [String(answer.cdls_id)],
      );
      expect(answeredAt - (row?.at.getTime() ?? 0)).toBeLessThan(1500);
    }
  });

  it('frees the place of a caller that hangs up, and delivers its message all the same', async ({ skip }) => {
    if (!house) return skip();
    house.simulator.weather.add({ match: { dest: '4000' }, effect: { kind: 'slow', ms: 1500 } });
    const hangUp = new AbortController();
    const before = house.simulator.ledger.size;
    const received = house.simulator.received();
    const call = fetch(`${api.url}/api/v2/MakeMessenger.php`, {
      method: 'POST',
      signal: hangUp.signal,
      headers: { authorization: `Bearer ${house.tsid}` },
      body: new URLSearchParams({ app_id: line, dest: '4000', mdata: 'planted-text' }),
    });
    await house.simulator.whenReceived(received + 1);
    hangUp.abort();
    await call.catch(() => {});
    await untilMetric(api, 'pombo_waiting_room_places{state="taken"', 0);
    await house.simulator.ledger.whenAccepted(before + 1);
  });

  it('cancels what has not been handed to Graph', async ({ skip }) => {
    if (!house) return skip();
    await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = now() WHERE v8l_id = $1::bigint', [line]);
    const answer = await send({ async: '1', dest: '80' });
    const cancel = () =>
      fetch(`${api.url}/v1/messages/${answer.cdls_id}/cancel`, {
        method: 'POST',
        headers: { authorization: `Bearer ${house?.tsid}` },
      });
    expect((await cancel()).status).toBe(200);
    expect((await cancel()).status).toBe(409);
    await house.database.query('UPDATE cd_v8_line SET v8l_paused_at = NULL WHERE v8l_id = $1::bigint', [line]);
    const read = await fetch(`${api.url}/v1/messages/${answer.cdls_id}`, {
      headers: { authorization: `Bearer ${house.tsid}` },
    });
    expect(await read.json()).toMatchObject({ status: 'CANCELED' });
  });

  it('lets no secret into logs, metrics, jobs, errors or the log’s own columns', async ({ skip }) => {
    if (!house) return skip();
    const [sealed] = await house.database.query<{ token: string }>(
      'SELECT v8l_wa_api_key AS token FROM cd_v8_line WHERE v8l_id = $1::bigint',
      [line],
    );
    const metrics = await Promise.all(
      [worker, api].map(async (program) => (await fetch(`${program.operationsUrl}/metrics`)).text()),
    );
    const said = await house.database.query("SELECT coalesce(text, '') || fbtrace_id AS said FROM attempt");
    const returned = await house.database.query("SELECT coalesce(cdls_return_log, '') AS said FROM cdls");
    await fetch(
      `${api.url}/api/v2/MakeMessenger.php?tsid=${house.tsid}&app_id=${line}&dest=1&mdata=planted-text&mtype=x`,
    );
    const everything = [worker.output(), api.output(), ...metrics, JSON.stringify(said), JSON.stringify(returned)].join(
      '\n',
    );
    expect(everything).toContain('attempt');
    for (const secret of [
      house.tsid,
      'planted-text',
      'EAAtest',
      sealed?.token ?? '',
      house.environment.SEAL_KEY ?? '',
    ]) {
      expect(secret.length).toBeGreaterThan(5);
      expect(everything).not.toContain(secret);
    }
    expect(await jobsOf(house)).not.toMatch(/planted-text|EAAtest/);
  });

  it('stops on SIGTERM without leaving a caller alone', async ({ skip }) => {
    if (!house) return skip();
    const leaving = await house.startApi();
    house.simulator.weather.add({ match: { dest: '5000' }, effect: { kind: 'slow', ms: 800 } });
    const received = house.simulator.received();
    const call = fetch(`${leaving.url}/api/v2/MakeMessenger.php`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.tsid}` },
      body: new URLSearchParams({ app_id: line, dest: '5000', mdata: 'x' }),
    });
    await house.simulator.whenReceived(received + 1);
    const ended = leaving.end('SIGTERM');
    expect((await call).status).toBe(200);
    expect(await ended).toBe(0);
  });
});

async function jobsOf(house: House): Promise<string> {
  if (house.backend === 'redis') return '';
  const rows = await house.database.query('SELECT * FROM bullmq.job');
  const events = await house.database.query('SELECT * FROM bullmq.event');
  return JSON.stringify([rows, events], (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

async function untilMetric(program: Program, name: string, value: number): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const text = await (await fetch(`${program.operationsUrl}/metrics`)).text();
    const found = text.split('\n').find((row) => row.startsWith(name));
    if (found && Number(found.split(' ').at(-1)) === value) return;
    if (performance.now() > giveUpAt) throw new Error(`${name} is not ${value}: ${found}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
