import { expect, expectTypeOf, it } from 'vitest';
import { metricFamilies } from './metric-families.ts';
import { createMetrics, type Metrics } from './metrics.ts';

it('shows what was counted, with the process as a label', async () => {
  const metrics = createMetrics({ process: 'api' });
  metrics.messagesAccepted.inc({ lane: 'now' });
  metrics.messagesAccepted.inc({ lane: 'bulk' }, 64);
  metrics.acceptSeconds.observe(0.004);
  const text = await metrics.registry.metrics();
  expect(text).toContain('pombo_messages_accepted_total{lane="now",process="api"} 1');
  expect(text).toContain('pombo_messages_accepted_total{lane="bulk",process="api"} 64');
  expect(text).toContain('pombo_accept_seconds_bucket{le="0.005",process="api"} 1');
  expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds\{process="api"\} \d/);
});

it('keeps two registries apart', async () => {
  const [one, other] = [createMetrics({ process: 'worker' }), createMetrics({ process: 'worker' })];
  one.messagesSettled.inc({ outcome: 'sent' });
  expect(await other.registry.metrics()).not.toContain('outcome="sent"');
});

it('gives each process its own families and no others', async () => {
  expectTypeOf<Metrics<'worker'>>().not.toHaveProperty('messagesAccepted');
  expectTypeOf<Metrics<'worker'>>().not.toHaveProperty('backlogMessages');
  const api = await createMetrics({ process: 'api' }).registry.metrics();
  expect(api).toContain('pombo_requests_refused_total');
  expect(api).not.toContain('pombo_backlog_messages');
});

it('asks when looked at, and no more often than the answer is kept', async () => {
  const metrics = createMetrics({ process: 'worker' });
  let asked = 0;
  const question = async () => [{ labels: { lane: 'now', state: 'active' }, value: ++asked }];
  metrics.ask('queueJobs', question, 60_000);
  await Promise.all([metrics.registry.metrics(), metrics.registry.metrics()]);
  expect(await metrics.registry.metrics()).toContain('pombo_queue_jobs{lane="now",state="active",process="worker"} 1');
  metrics.ask('queueJobs', question, 0);
  await metrics.registry.metrics();
  expect(await metrics.registry.metrics()).toContain('pombo_queue_jobs{lane="now",state="active",process="worker"} 3');
});

it('forgets labels that are gone', async () => {
  const metrics = createMetrics({ process: 'worker' });
  const answers = [[{ labels: { lane: 'now', state: 'failed' }, value: 1 }], []];
  metrics.ask('queueJobs', () => answers.shift() ?? [], 0);
  expect(await metrics.registry.metrics()).toContain('state="failed"');
  expect(await metrics.registry.metrics()).not.toContain('state="failed"');
});

it('shows nothing, rather than 0 or an old number, when nobody answers', async () => {
  const metrics = createMetrics({ process: 'worker' });
  const missing = /^pombo_unknown_messages\{/m;
  expect(await metrics.registry.metrics()).not.toMatch(missing);
  metrics.ask('unknownMessages', () => [{ value: 4 }], 0);
  expect(await metrics.registry.metrics()).toContain('pombo_unknown_messages{process="worker"} 4');
  metrics.ask('unknownMessages', () => Promise.reject(new Error('database is down')), 0);
  expect(await metrics.registry.metrics()).not.toMatch(missing);
  expect(await metrics.registry.metrics()).toMatch(
    /pombo_metric_questions_failed_total\{metric="pombo_unknown_messages",process="worker"\} [12]/,
  );
});

it('names its families as Prometheus asks', () => {
  for (const { name, kind } of Object.values(metricFamilies)) {
    expect(name).toMatch(/^pombo_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|count|sum|bucket)$/);
  }
});
