import { type ErrorClass, errorClasses } from '@pombo/graph/error-class.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import { createBusiestLines } from './busiest-lines.ts';

/** What is counted for each of the busiest lines, and for the others together. */
export interface LineCounters {
  sent(lineId: string): void;
  failed(lineId: string, errorClass: ErrorClass): void;
  /** From now on these are among the busiest, as far as there are names. */
  prefer(waiting: readonly string[]): void;
}

type Counters = Pick<Metrics<'worker'>, 'lineMessagesSent' | 'lineAttemptErrors'>;

/** A line that loses its name takes its figures with it: rates stay right, and the totals are counted without lines. */
export function createLineCounters({ lineMessagesSent, lineAttemptErrors }: Counters, most: number): LineCounters {
  const busiest = createBusiestLines(most);
  return {
    sent: (lineId) => lineMessagesSent.inc({ line: busiest.nameOf(lineId) }),
    failed: (lineId, errorClass) => lineAttemptErrors.inc({ line: busiest.nameOf(lineId), class: errorClass }),
    prefer(waiting) {
      for (const line of busiest.choose(waiting)) {
        lineMessagesSent.remove({ line });
        for (const errorClass of errorClasses) lineAttemptErrors.remove({ line, class: errorClass });
      }
    },
  };
}
