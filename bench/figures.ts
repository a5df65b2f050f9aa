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
