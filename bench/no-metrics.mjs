// Loaded before a program: its counters, gauges and histograms count nothing, and so cost nothing.
import { createRequire } from 'node:module';

const { Counter, Gauge, Histogram } = createRequire(import.meta.resolve('@pombo/observe/metrics.ts'))('prom-client');
const nothing = () => {};
for (const { prototype } of [Counter, Gauge, Histogram]) {
  for (const name of ['inc', 'dec', 'set', 'observe']) if (name in prototype) prototype[name] = nothing;
}
