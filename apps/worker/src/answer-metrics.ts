import { listBusiestLines } from '@pombo/db/busiest-lines.ts';
import { campaignsToFeed } from '@pombo/db/campaign-feed.ts';
import { readCampaignNumbers } from '@pombo/db/campaign-numbers.ts';
import type { Database } from '@pombo/db/database.ts';
import { readHouseNumbers } from '@pombo/db/house-numbers.ts';
import { countLineStandings } from '@pombo/db/line-report.ts';
import { poolReadings } from '@pombo/db/pool-readings.ts';
import { listStalledLines } from '@pombo/db/stalled-lines.ts';
import { lanes } from '@pombo/domain/lane.ts';
import { errorClasses } from '@pombo/graph/error-class.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';
import { otherLines } from './busiest-lines.ts';
import { createCampaignHunger } from './campaign-hunger.ts';
import type { LineCounters } from './line-counters.ts';

export interface MetricSources {
  database: Database;
  queue: Pick<MessageQueue, 'depth'>;
  lineCounters: LineCounters;
}

/** Lines a chart can show. */
export const mostLines = 20;
const sharedForMs = 2_000;

/** Answers the gauges that have to ask somebody. One snapshot serves all questions about the house, another those by line. */
export function answerMetrics(metrics: Metrics<'worker'>, { database, queue, lineCounters }: MetricSources): void {
  const numbers = shared(() => readHouseNumbers(database));
  metrics.ask('backlogMessages', async () => [{ value: (await numbers()).backlog }]);
  metrics.ask('backlogOldestAgeSeconds', async () => [{ value: (await numbers()).backlogOldestAgeSeconds }]);
  metrics.ask('unknownMessages', async () => [{ value: (await numbers()).unknown }]);
  metrics.ask('unknownOldestAgeSeconds', async () => [{ value: (await numbers()).unknownOldestAgeSeconds }]);
  metrics.ask('linesParked', async () => [{ value: (await numbers()).linesParked }]);
  metrics.ask('releasedDueMessages', async () => byLabel('lane', (await numbers()).releasedDue));
  metrics.ask('lines', async () => byLabel('standing', await countLineStandings(database)));

  const busiest = shared(async () => {
    const lines = await listBusiestLines(database, mostLines);
    // All workers name the same lines, so that what they count by line can be added up.
    lineCounters.prefer(lines.map(({ lineId }) => lineId));
    return lines;
  });
  metrics.ask('lineBacklogMessages', async () => {
    const named = (await busiest()).map(({ lineId, messages }) => ({ labels: { line: lineId }, value: messages }));
    const others = (await numbers()).backlog - named.reduce((sum, { value }) => sum + value, 0);
    return [...named, { labels: { line: otherLines }, value: Math.max(0, others) }];
  });
  metrics.ask('lineDueMessages', async () =>
    (await busiest()).map(({ lineId, due }) => ({ labels: { line: lineId }, value: due })),
  );
  metrics.ask('lineAllowedMessagesPerSecond', async () =>
    (await busiest()).map(({ lineId, allowedPerSecond }) => ({ labels: { line: lineId }, value: allowedPerSecond })),
  );
  metrics.ask('lineStalledSeconds', async () =>
    (await listStalledLines(database, mostLines)).map(({ lineId, seconds }) => ({
      labels: { line: lineId },
      value: seconds,
    })),
  );

  const campaigns = shared(() => readCampaignNumbers(database));
  metrics.ask('campaigns', async () => byLabel('state', (await campaigns()).states));
  metrics.ask('campaignRecipientsWaiting', async () => [{ value: (await campaigns()).waiting }]);
  const hunger = createCampaignHunger(() => performance.now());
  metrics.ask('campaignHungrySeconds', async () => [{ value: hunger(await campaignsToFeed(database)) }]);

  metrics.ask('queueJobs', async () => {
    const depth = await queue.depth();
    return lanes.flatMap((lane) =>
      Object.entries(depth[lane]).map(([state, value]) => ({ value, labels: { lane, state } })),
    );
  });
  metrics.ask('databasePoolConnections', () => poolReadings(database.poolUse()));

  // A series that begins with its first error has not grown, as far as anybody can see.
  for (const errorClass of errorClasses) metrics.attemptErrors.inc({ class: errorClass }, 0);
  for (const lane of lanes) metrics.notesTaken.inc({ lane }, 0);
}

/** One value for each word. */
function byLabel<Label extends string>(
  label: Label,
  values: Readonly<Record<string, number>>,
): { labels: Readonly<Record<Label, string>>; value: number }[] {
  return Object.entries(values).map(([word, value]) => ({
    labels: { [label]: word } as Record<Label, string>,
    value,
  }));
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
