/** A number as pages show it: 1,234,567. Pure. */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** How much goes through in a second; null when that is too little to be said. Pure. */
export function rateWord(rate: number): string | null {
  return rate < 0.05 ? null : rate.toFixed(1);
}

/** A part of a whole, in per cent; small parts are not rounded to nothing, nor large ones to everything. Pure. */
export function percentOf(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  if (part === whole) return '100 %';
  const percent = (100 * part) / whole;
  if (percent < 0.1) return 'below 0.1 %';
  return percent > 99.9 ? 'above 99.9 %' : `${percent.toFixed(1)} %`;
}
