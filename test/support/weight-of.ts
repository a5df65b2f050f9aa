import type { Page } from 'playwright-core';

/** What a page holds on to, once everything is gone that nobody needs. */
export interface Weight {
  heapBytes: number;
  nodes: number;
  listeners: number;
  documents: number;
}

const names = {
  heapBytes: 'JSHeapUsedSize',
  nodes: 'Nodes',
  listeners: 'JSEventListeners',
  documents: 'Documents',
} as const satisfies Record<keyof Weight, string>;

/** Asks Chromium, after it has collected its garbage. */
export async function weightOf(page: Page): Promise<Weight> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Performance.enable');
  // What one round sets free may have kept something else.
  for (let round = 0; round < 3; round += 1) await devTools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devTools.send('Performance.getMetrics');
  await devTools.detach();
  const metricOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return {
    heapBytes: metricOf(names.heapBytes),
    nodes: metricOf(names.nodes),
    listeners: metricOf(names.listeners),
    documents: metricOf(names.documents),
  };
}
