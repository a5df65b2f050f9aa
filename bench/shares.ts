import { gaps } from './windows.ts';

export interface Shares {
  /** The smallest and the largest part any of them got, as a multiple of the even part. */
  smallest: number;
  largest: number;
  /** The longest any of them waited, as a multiple of its ideal gap: the time until everybody has had one turn. */
  longestWait: number;
}

/**
 * How evenly something was shared out: `times` has, for each that wanted some, when it got one (milliseconds). One that
 * got nothing counts as one that waited all the time. The waits at both ends of the span count as well. NaN when there was
 * not one for each.
 */
export function sharesOf(times: readonly (readonly number[])[], span: { from: number; until: number }): Shares {
  const inSpan = times.map((own) => own.filter((time) => time >= span.from && time < span.until));
  const even = inSpan.reduce((sum, own) => sum + own.length, 0) / inSpan.length;
  if (!(even >= 1)) return { smallest: Number.NaN, largest: Number.NaN, longestWait: Number.NaN };
  const parts = inSpan.map((own) => own.length / even);
  const idealGapMs = (span.until - span.from) / even;
  const longestWaitMs = Math.max(...inSpan.map((own) => Math.max(...gaps([span.from, ...own, span.until]))));
  return {
    smallest: Math.min(...parts),
    largest: Math.max(...parts),
    longestWait: longestWaitMs / idealGapMs,
  };
}
