import { type MetricFamily, metricFamilies } from '@pombo/observe/metric-families.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillBacklog } from '../support/fill-backlog.ts';
import { type House, openHouse } from '../support/house.ts';
import type { Program } from '../support/program.ts';
import { untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';

let house: House;
const programs = {} as Record<'api' | 'worker' | 'console', Program>;
const processes = ['api', 'worker', 'console'] as const;

/** These speak only of lines that have something to say. */
const mayBeEmpty = ['pombo_line_due_messages', 'pombo_line_allowed_messages_per_second', 'pombo_line_stalled_seconds'];

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('no house');
  house = opened;
  programs.api = await house.startApi();
  programs.worker = await house.startWorker();
  programs.console = await house.startConsole();
});
afterAll(async () => {
  await programs.console?.end('SIGKILL');
  await house?.stop();
});

async function metricsOf(program: (typeof processes)[number]): Promise<string> {
  return (await fetch(`${programs[program].operationsUrl}/metrics`)).text();
}

/** The sum of what a series says under these labels. */
function sumOf(text: string, name: string, labels: Record<string, string> = {}): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return lines
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

describe.each(processes)('%s', (program) => {
  it('tells every family the table gives it, no other, and those of Node', async () => {
    const text = await metricsOf(program);
    const told = [...text.matchAll(/^# TYPE (pombo_\w+) /gm)].map(([, name]) => name);
    const given = Object.values<MetricFamily>(metricFamilies).filter(({ by }) => by.includes(program));
    expect(told.sort()).toEqual(given.map(({ name }) => name).sort());
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}\\{process="${program}"\\} [0-9]`, 'm'));
    }
  });

  it('has an answer to every question behind a metric', async () => {
    const text = await metricsOf(program);
    const asked = Object.values<MetricFamily>(metricFamilies).filter(
      ({ kind, by, name }) => kind === 'asked' && by.includes(program) && !mayBeEmpty.includes(name),
    );
    expect(asked.filter(({ name }) => !text.includes(`\n${name}{`)).map(({ name }) => name)).toEqual([]);
    expect(text).not.toContain('pombo_metric_questions_failed_total{');
  });
});

it('a worker with few connections and nothing to do has nobody in line for one, though its metrics are asked for', async () => {
  const worker = await house.startWorker({ DATABASE_POOL_SIZE: '3' });
  const waiting = async () => {
    const text = await (await fetch(`${worker.operationsUrl}/metrics`)).text();
    return sumOf(text, 'pombo_database_pool_connections', { state: 'waiting' });
  };
  // Now and then somebody may wait for a moment; where the questions behind metrics are counted, somebody always does.
  await until(async () => (await waiting()) === 0, 30_000, waiting);
  await worker.end('SIGTERM');
});

describe('what was sent', () => {
  it('is counted by class and by line, and adds up', async () => {
    const { database, send, addLine } = house;
    const [line, other] = [await addLine(0), await addLine(0)];
    await send(line, 30);
    await send(other, 5);
    await send(line, 1, { dest: '1000000000000551' });
    for (const each of [line, other]) await untilNothingPending(database, each, 20_000);
    await until(async () => sumOf(await metricsOf('worker'), 'pombo_line_messages_sent_total') === 35);
    const text = await metricsOf('worker');
    expect(sumOf(text, 'pombo_messages_settled_total', { outcome: 'sent' })).toBe(35);
    expect(sumOf(text, 'pombo_line_messages_sent_total', { line })).toBe(30);
    expect(sumOf(text, 'pombo_line_messages_sent_total', { line: other })).toBe(5);
    expect(sumOf(text, 'pombo_attempt_errors_total')).toBe(1);
    expect(sumOf(text, 'pombo_attempt_errors_total', { class: 'refused_recipient' })).toBe(1);
    expect(sumOf(text, 'pombo_line_attempt_errors_total', { line, class: 'refused_recipient' })).toBe(1);
    expect(sumOf(text, 'pombo_notes_taken_total', { lane: 'bulk' })).toBeGreaterThanOrEqual(36);
    expect(sumOf(text, 'pombo_turn_wait_seconds_count', { lane: 'bulk' })).toBeGreaterThanOrEqual(36);
  });

  it('is told of the 20 busiest lines, and of the others together', async () => {
    const { database, customerId } = house;
    const lineIds: string[] = [];
    for (let count = 0; count < 30; count += 1) lineIds.push(await house.addLine(0.001));
    await fillBacklog(database, { customerId, lineIds, countPerLine: 100, campaign: false });
    await until(async () => {
      const text = await metricsOf('worker');
      const named = [...text.matchAll(/^pombo_line_backlog_messages\{line="(\d+)"/gm)];
      return named.length === 20 && sumOf(text, 'pombo_line_backlog_messages', { line: 'other' }) > 0;
    });
    const text = await metricsOf('worker');
    expect([...text.matchAll(/^pombo_line_messages_sent_total\{/gm)].length).toBeLessThanOrEqual(21);
  });
});
