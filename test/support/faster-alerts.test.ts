import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fasterAlerts } from './faster-alerts.ts';

const real = readFileSync(new URL('../../ops/prometheus/alerts.yml', import.meta.url), 'utf8');

function rule(expression: string, wait = '3m'): string {
  return `groups:
  - name: some
    rules:
      - alert: Some
        expr: ${expression}
        for: ${wait}
        labels: { severity: critical }
        annotations:
          description: "It has been so for 10m, and > 120 of pombo_line_stalled_seconds > 120."
`;
}

it.each([
  ['a range', 'sum(increase(pombo_attempt_errors_total{class="other"}[30m])) > 3', '[30000ms])) > 3'],
  ['an offset', 'max(pombo_unknown_messages offset 10m) > 20', 'offset 10000ms) > 20'],
  ['an age', 'max by (line) (pombo_line_stalled_seconds) > 120', 'pombo_line_stalled_seconds) > 2\n'],
  ['an age with labels', 'pombo_backlog_oldest_age_seconds{a="b"} >= 1800', 'seconds{a="b"} >= 30\n'],
  ['the growth of an age', 'deriv(pombo_backlog_oldest_age_seconds[15m]) > 0.5', 'seconds[15000ms]) > 0.5'],
  ['a length', 'nodejs_eventloop_lag_p99_seconds{a=~"b"} > 0.5', 'seconds{a=~"b"} > 0.5'],
  ['a count of seconds', 'rate(pombo_graph_call_seconds_count[10m]) > 5', '_count[10000ms]) > 5'],
])('%s', (_what, expression, faster) => {
  const text = fasterAlerts(rule(expression), 60);
  expect(text).toContain(faster);
  expect(text).toContain('for: 3000ms\n');
});

it('leaves what is said for people, and all else, as it is', () => {
  const text = fasterAlerts(rule('up == 0'), 60);
  expect(text).toBe(rule('up == 0', '3000ms'));
});

it.each([
  ['a metric of seconds', 'max(pombo_new_age_seconds) > 120'],
  ['a moment', 'time() - process_start_time_seconds > 300'],
  ['an age compared with an age', 'pombo_line_stalled_seconds > pombo_campaign_hungry_seconds'],
  ['a range within a range', 'max_over_time(up[5m:1m]) > 0'],
  ['a duration in two parts', 'rate(up[1h30m]) > 0'],
])('refuses %s it does not know', (_what, expression) => {
  expect(() => fasterAlerts(rule(expression), 60)).toThrow('nobody knows');
});

it('refuses a group with an interval of its own', () => {
  expect(() => fasterAlerts(rule('up == 0').replace('rules:', 'interval: 1m\n    rules:'), 60)).toThrow('nobody knows');
});

it('knows all the times of our alarms', () => {
  expect(fasterAlerts(fasterAlerts(real, 60), 1 / 60)).toBe(fasterAlerts(real, 1));
  expect(fasterAlerts(real, 60)).not.toMatch(/for: \d+m\b|\[\d+m\]|> (?:120|1800)\b/);
});
