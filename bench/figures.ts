import type { Figure, Goal } from './figure.ts';

/** The middle of the sorted figures, or any other quantile of them. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5);
}

export function oneLine(name: string, figures: readonly number[]): string {
  const at = (share: number) => quantile(figures, share).toFixed(1).padStart(7);
  return `${name.padEnd(34)} p50 ${at(0.5)} ms   p90 ${at(0.9)} ms   p99 ${at(0.99)} ms   n ${figures.length}`;
}

/** The median of some runs beside the median of others that were measured in turns with them. */
export function figureBeside(
  what: { name: string; unit: string; reference: string; goal: Goal | null },
  runs: readonly number[],
  referenceRuns: readonly number[],
): Figure {
  return { ...what, value: median(runs), referenceValue: median(referenceRuns), runs };
}
