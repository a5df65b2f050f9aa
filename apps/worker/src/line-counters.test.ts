import { createMetrics } from '@pombo/observe/metrics.ts';
import { expect, it } from 'vitest';
import { createLineCounters } from './line-counters.ts';

async function seriesOf(metrics: ReturnType<typeof createMetrics<'worker'>>): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return [...text.matchAll(/^pombo_line_(?:messages_sent|attempt_errors)_total(\{.*)$/gm)].map(([, rest = '']) => rest);
}

it('counts the busiest lines by number and the others together, and takes away who is not among them any more', async () => {
  const metrics = createMetrics({ process: 'worker' });
  const counters = createLineCounters(metrics, 2);
  for (const line of ['1', '2', '3', '4', '3']) counters.sent(line);
  counters.failed('1', 'no_answer');
  counters.failed('4', 'other');
  expect(await seriesOf(metrics)).toEqual([
    '{line="1",process="worker"} 1',
    '{line="2",process="worker"} 1',
    '{line="other",process="worker"} 3',
    '{line="1",class="no_answer",process="worker"} 1',
    '{line="other",class="other",process="worker"} 1',
  ]);
  counters.prefer(['7', '8']);
  expect(await seriesOf(metrics)).toEqual([
    '{line="other",process="worker"} 3',
    '{line="other",class="other",process="worker"} 1',
  ]);
  counters.sent('7');
  expect(await seriesOf(metrics)).toContain('{line="7",process="worker"} 1');
});
