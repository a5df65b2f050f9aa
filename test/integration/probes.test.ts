import { setTimeout as pause } from 'node:timers/promises';
import { readLineReport } from '@pombo/db/line-report.ts';
import { readProbe, takeProbes, tellProbe } from '@pombo/db/probes.ts';
import type { LineMend } from '@pombo/domain/outcome.ts';
import type { ProbeVerdict } from '@pombo/domain/probe-verdict.ts';
import { noUsage } from '@pombo/domain/usage.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../support/house.ts';
import { runPombo } from '../support/pombo-command.ts';
import { countByStatus, untilNothingPending } from '../support/rows.ts';

let house: House;

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('PostgreSQL always runs');
  house = opened;
});
afterAll(() => house.stop());

const works: ProbeVerdict = { kind: 'works' };

function refusedBy(
  outcome:
    | { kind: 'line_down'; mend: LineMend; because: string }
    | { kind: 'refused'; about: 'permission' | 'request' },
): ProbeVerdict {
  const reply = { httpStatus: 400, code: 190, subcode: null, fbtraceId: null, text: 'said by Meta', usage: noUsage };
  return { kind: 'refused', outcome: { ...outcome, reply } };
}

const deadToken = refusedBy({ kind: 'line_down', mend: { by: 'token' }, because: 'Meta says the token is dead.' });

async function park(lineId: string, mend: LineMend['by'], minutesAgo: number, probeAt = 'clock_timestamp()') {
  await house.database.query(
    `UPDATE cd_v8_line SET v8l_parked_at = clock_timestamp() - $2 * interval '1 minute', v8l_parked_reason = 'dead',
       v8l_parked_code = 400, v8l_parked_mend = $3 WHERE v8l_id = $1::bigint`,
    [lineId, minutesAgo, mend],
  );
  await house.database.query(`UPDATE line_gate SET probe_at = ${probeAt} WHERE v8l_id = $1::bigint`, [lineId]);
}

async function probeOf(lineId: string) {
  const probe = await readProbe(house.database, lineId);
  if (!probe) throw new Error('no such line');
  return probe;
}

async function reportOf(lineId: string) {
  const report = await readLineReport(house.database, lineId);
  if (!report) throw new Error('no such line');
  return report;
}

async function minutesToProbe(lineId: string): Promise<number | null> {
  const [row] = await house.database.query<{ minutes: number | null }>(
    `SELECT extract(epoch FROM probe_at - clock_timestamp())::float8 / 60 AS minutes FROM line_gate WHERE v8l_id = $1::bigint`,
    [lineId],
  );
  return row?.minutes ?? null;
}

describe('which lines are probed', () => {
  it.each([
    [1, 5],
    [6, 15],
    [21, 60],
    [600, 60],
  ])('a line parked %i min ago is given to one process, and is due again %i min later', async (parked, again) => {
    const line = await house.addLine(10);
    await park(line, 'token', parked);
    const taken = (await Promise.all([1, 2, 3].map(() => takeProbes(house.database, 10)))).flat();
    expect(taken).toEqual([{ ...(await probeOf(line)), waitsForToken: true }]);
    const minutes = await minutesToProbe(line);
    expect(minutes).toBeGreaterThan(again - 1);
    expect(minutes).toBeLessThanOrEqual(again);
  });

  it('a line in doubt is asked about once', async () => {
    const line = await house.addLine(10);
    await house.database.query(
      "UPDATE line_gate SET suspects = '{1}', probe_at = clock_timestamp() WHERE v8l_id = $1::bigint",
      [line],
    );
    expect(await takeProbes(house.database, 10)).toMatchObject([{ lineId: line, waitsForToken: false }]);
    expect(await minutesToProbe(line)).toBeNull();
  });

  it('a line that no longer waits for anything is left alone', async () => {
    const [sound, other, later] = [await house.addLine(10), await house.addLine(10), await house.addLine(10)];
    await house.database.query('UPDATE line_gate SET probe_at = clock_timestamp() WHERE v8l_id = $1::bigint', [sound]);
    await park(other, 'operator', 1);
    await park(later, 'token', 1, "clock_timestamp() + interval '1 hour'");
    expect(await takeProbes(house.database, 10)).toEqual([]);
    expect(await minutesToProbe(sound)).toBeNull();
    expect(await minutesToProbe(other)).toBeNull();
    expect(await minutesToProbe(later)).toBeGreaterThan(59);
  });
});

describe('what a probe changes', () => {
  it('a token that works ends the wait for one, and no other parking', async () => {
    const [token, operator, time] = [await house.addLine(10), await house.addLine(10), await house.addLine(10)];
    await park(token, 'token', 1);
    await park(operator, 'operator', 1);
    await park(time, 'time', 1);
    const told = await Promise.all(
      [token, operator, time].map(async (line) => tellProbe(house.database, await probeOf(line), works)),
    );
    expect(told).toEqual(['unparked', 'nothing', 'nothing']);
    expect(await reportOf(token)).toMatchObject({ standing: { word: 'open' }, parkedMend: null, probeAt: null });
    expect((await reportOf(operator)).standing.word).toBe('parked');
    expect((await reportOf(time)).standing.word).toBe('parked');
  });

  it('an answer about a token that was replaced meanwhile changes nothing', async () => {
    const line = await house.addLine(10);
    await park(line, 'token', 1);
    const probe = await probeOf(line);
    await house.database.query("UPDATE cd_v8_line SET v8l_wa_api_key = 'another' WHERE v8l_id = $1::bigint", [line]);
    expect(await tellProbe(house.database, probe, works)).toBe('nothing');
    expect((await reportOf(line)).standing.word).toBe('parked');
    const sound = await house.addLine(10);
    expect(await tellProbe(house.database, { ...probe, lineId: sound }, deadToken)).toBe('nothing');
    expect((await reportOf(sound)).standing.word).toBe('open');
  });

  it('a refused token parks the line, once, with the sentence and what mends it', async () => {
    const line = await house.addLine(10);
    const probe = await probeOf(line);
    expect(await tellProbe(house.database, probe, deadToken)).toBe('parked');
    const parked = await reportOf(line);
    expect(parked).toMatchObject({
      parkedReason: 'Meta says the token is dead.',
      parkedCode: 400,
      parkedMend: 'token',
    });
    expect(parked.standing.sentence).toContain('Meta says the token is dead.');
    expect(await minutesToProbe(line)).toBeGreaterThan(0);
    expect(await tellProbe(house.database, probe, deadToken)).toBe('nothing');
    expect((await reportOf(line)).parkedAt).toEqual(parked.parkedAt);
  });

  it('what parks for a time has its time, and is not probed', async () => {
    const line = await house.addLine(10);
    const blocked = refusedBy({ kind: 'line_down', mend: { by: 'time', afterMs: 3_600_000 }, because: 'blocked' });
    await tellProbe(house.database, await probeOf(line), blocked);
    const { parkedAt, parkedUntil, probeAt } = await reportOf(line);
    expect(Number(parkedUntil) - Number(parkedAt)).toBeGreaterThanOrEqual(3_599_000);
    expect(probeAt).toBeNull();
  });

  it('a want of permission parks; any other refusal, and no word, change nothing; a doubt outlives a token that works', async () => {
    const line = await house.addLine(10);
    await house.database.query("UPDATE line_gate SET suspects = '{1,2}' WHERE v8l_id = $1::bigint", [line]);
    const probe = await probeOf(line);
    for (const verdict of [works, { kind: 'no_word' } as const, refusedBy({ kind: 'refused', about: 'request' })]) {
      expect(await tellProbe(house.database, probe, verdict)).toBe('nothing');
    }
    expect(await reportOf(line)).toMatchObject({ standing: { word: 'open' }, suspects: 2 });
    expect(await tellProbe(house.database, probe, refusedBy({ kind: 'refused', about: 'permission' }))).toBe('parked');
  });
});

describe('with a Graph that answers', () => {
  async function probeByHand(line: string) {
    const { code, out, err } = await runPombo(['line', 'probe', line, '--json'], house.environment);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out);
  }

  it('an operator asks, hears the answer, and the line follows it', async () => {
    const line = await house.addLine(10);
    const seen = house.simulator.probes.summary().asked;
    house.simulator.weather.add({ match: { call: 'probe' }, firstN: 1, effect: { kind: 'error', code: 190 } });
    const refused = await probeByHand(line);
    expect(refused).toMatchObject({ answer: 'refused', change: 'parked', said: expect.stringContaining('190') });
    expect((await reportOf(line)).standing.word).toBe('parked');
    expect(await probeByHand(line)).toEqual({ v8l_id: Number(line), answer: 'works', said: null, change: 'unparked' });
    expect((await reportOf(line)).standing.word).toBe('open');
    expect(house.simulator.probes.summary().asked - seen).toBe(2);
    house.simulator.weather.add({ match: { call: 'probe' }, firstN: 1, effect: { kind: 'html_502' } });
    expect(await probeByHand(line)).toMatchObject({ answer: 'no_word', change: 'nothing' });
  });

  it('a worker brings a line back whose token works again, and sends what waited', async () => {
    const line = await house.addLine(0);
    const permissionLost = await house.addLine(0);
    await park(line, 'token', 1);
    await park(permissionLost, 'operator', 1);
    await house.send(line, 5);
    const worker = await house.startWorker({ LOG_LEVEL: 'info' });
    await untilNothingPending(house.database, line, 30_000);
    expect(await countByStatus(house.database, line)).toEqual({ OK: 5 });
    expect((await reportOf(permissionLost)).standing.word).toBe('parked');

    house.simulator.weather.add({ match: { call: 'probe' }, firstN: 1, effect: { kind: 'error', code: 190 } });
    await house.database.query(
      "UPDATE line_gate SET suspects = '{1}', probe_at = clock_timestamp() WHERE v8l_id = $1::bigint",
      [line],
    );
    const giveUpAt = performance.now() + 30_000;
    while ((await reportOf(line)).standing.word !== 'parked') {
      if (performance.now() > giveUpAt) throw new Error('the worker did not park the line');
      await pause(50);
    }
    const metrics = await (await fetch(`${worker.operationsUrl}/metrics`)).text();
    expect(metrics).toMatch(/^pombo_lines\{standing="parked",process="worker"\} [1-9]/m);
    expect(worker.output()).toContain('"change":"parked"');
    expect(worker.output()).not.toContain('EAAtest');
    expect(await worker.end('SIGTERM')).toBe(0);
  });
});
