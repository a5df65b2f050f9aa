import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Ask, createAskedGauge, type Reading } from './asked-gauge.ts';
import { type MetricFamilies, type MetricFamily, metricFamilies } from './metric-families.ts';
import type { ProcessName } from './process-name.ts';

type FamilyOf<P extends ProcessName> = {
  [K in keyof MetricFamilies as P extends MetricFamilies[K]['by'][number] ? K : never]: MetricFamilies[K];
};

type Kept<P extends ProcessName> = {
  [K in keyof FamilyOf<P> as FamilyOf<P>[K] extends { kind: 'asked' } ? never : K]: FamilyOf<P>[K];
};

type Asked<P extends ProcessName> = Exclude<keyof FamilyOf<P>, keyof Kept<P>>;

type LabelOf<F> = F extends { labels: readonly (infer Label extends string)[] } ? Label : never;

type Instrument<F> = F extends { kind: 'counter' }
  ? Counter<LabelOf<F>>
  : F extends { kind: 'gauge' }
    ? Gauge<LabelOf<F>>
    : Histogram<LabelOf<F>>;

/** The counters, gauges and histograms of one process, typed by the table, each with prom-client's own methods. */
export type Metrics<P extends ProcessName> = { readonly [K in keyof Kept<P>]: Instrument<Kept<P>[K]> } & {
  readonly registry: Registry;
  /**
   * Answers an `asked` family from now on. The answer is kept for `keepForMs` (default 5000), so that ten scrapers
   * ask the database no more often than one. No answer within 2 s, or an error: the family is absent from that
   * scrape, and `pombo_metric_questions_failed_total` counts it.
   */
  ask<K extends Asked<P>>(
    family: K,
    question: () => Promise<readonly Reading<LabelOf<FamilyOf<P>[K]>>[]> | readonly Reading<LabelOf<FamilyOf<P>[K]>>[],
    keepForMs?: number,
  ): void;
};

/** A registry of its own, with Node's metrics (memory, garbage collection, event-loop delay) and ours for this process. */
export function createMetrics<P extends ProcessName>(options: { process: P }): Metrics<P> {
  const registry = new Registry();
  registry.setDefaultLabels({ process: options.process });
  collectDefaultMetrics({ register: registry });

  const kept: Record<string, unknown> = {};
  const asks: Record<string, Ask> = {};
  for (const [key, family] of Object.entries<MetricFamily>(metricFamilies)) {
    if (!family.by.includes(options.process)) continue;
    if (family.kind === 'asked')
      asks[key] = createAskedGauge(family, registry, () => failures(kept).inc({ metric: family.name }));
    else kept[key] = createInstrument(family, registry);
  }
  const ask = (family: string, question: Parameters<Ask>[0], keepForMs?: number) => asks[family]?.(question, keepForMs);
  // The loop above made exactly the members that the type computes from the same table.
  return { ...kept, registry, ask } as unknown as Metrics<P>;
}

/** Every process has this one. It may be made after the gauges that count on it. */
function failures(kept: Record<string, unknown>): Counter<'metric'> {
  return kept.metricQuestionsFailed as Counter<'metric'>;
}

function createInstrument(family: MetricFamily, registry: Registry): unknown {
  const { name, help } = family;
  const common = { name, help, labelNames: [...family.labels], registers: [registry] };
  if (family.kind === 'counter') return new Counter(common);
  if (family.kind === 'gauge') return new Gauge(common);
  return new Histogram({ ...common, ...(family.buckets && { buckets: [...family.buckets] }) });
}
