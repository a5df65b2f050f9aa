import type { Database } from '@pombo/db/database.ts';
import { readHouseNumbers } from '@pombo/db/house-numbers.ts';
import { countLineStandings } from '@pombo/db/line-report.ts';
import { poolReadings } from '@pombo/db/pool-readings.ts';
import { lanes } from '@pombo/domain/lane.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';

const sharedForMs = 2_000;

/** Answers the gauges that have to ask somebody. One snapshot serves all four questions of one scrape. */
export function answerMetrics(metrics: Metrics<'worker'>, database: Database, queue: MessageQueue): void {
  const numbers = shared(() => readHouseNumbers(database));
  metrics.ask('backlogMessages', async () => [{ value: (await numbers()).backlog }]);
  metrics.ask('backlogOldestAgeSeconds', async () => [{ value: (await numbers()).backlogOldestAgeSeconds }]);
  metrics.ask('unknownMessages', async () => [{ value: (await numbers()).unknown }]);
  metrics.ask('linesParked', async () => [{ value: (await numbers()).linesParked }]);
  metrics.ask('lines', async () => {
    const counts = Object.entries(await countLineStandings(database));
    return counts.map(([standing, value]) => ({ value, labels: { standing } }));
  });
  metrics.ask('queueJobs', async () => {
    const depth = await queue.depth();
    return lanes.flatMap((lane) =>
      Object.entries(depth[lane]).map(([state, value]) => ({ value, labels: { lane, state } })),
    );
  });
  metrics.ask('databasePoolConnections', () => poolReadings(database.poolUse()));
}

function shared<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let answer: { at: number; value: Promise<Value> } | null = null;
  return () => {
    const now = performance.now();
    if (answer === null || now - answer.at > sharedForMs) {
      const asked = { at: now, value: ask() };
      asked.value.catch(() => {
        if (answer === asked) answer = null;
      });
      answer = asked;
    }
    return answer.value;
  };
}
