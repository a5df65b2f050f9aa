import { reasonOf } from './describe-error.ts';
import type { Logger } from './logger.ts';

const sayEveryMs = 60_000;

/** Counts the spans that no collector took, and says so in the log: the first time at once, then once a minute at most. */
export interface SpanLosses {
  lost(spans: number, error: unknown): void;
  /** Says what has not been said yet. */
  sayTheRest(): void;
}

export function openSpanLosses(logger: Pick<Logger, 'warn'>, now: () => number): SpanLosses {
  let unsaid = 0;
  let because = '';
  let saidAt = Number.NEGATIVE_INFINITY;

  function sayTheRest(): void {
    if (unsaid === 0) return;
    logger.warn({ spans: unsaid, because }, 'spans were lost on the way to the collector; messages are not concerned');
    unsaid = 0;
    saidAt = now();
  }

  return {
    lost(spans, error) {
      unsaid += spans;
      because = reasonOf(error);
      if (now() - saidAt >= sayEveryMs) sayTheRest();
    },
    sayTheRest,
  };
}
