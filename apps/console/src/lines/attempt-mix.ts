import type { LineAttempt } from '@pombo/db/line-attempts.ts';

/** How many calls ended in the same way. */
export interface MixPart {
  /** Null: still open. */
  outcome: LineAttempt['outcome'];
  errorClass: string | null;
  count: number;
}

/** How calls ended, the most frequent way first. Pure. */
export function mixOf(attempts: readonly LineAttempt[]): MixPart[] {
  const parts = new Map<string, MixPart>();
  for (const { outcome, errorClass } of attempts) {
    const key = `${outcome}/${errorClass}`;
    const part = parts.get(key) ?? { outcome, errorClass, count: 0 };
    parts.set(key, { ...part, count: part.count + 1 });
  }
  return [...parts.values()].toSorted((a, b) => b.count - a.count);
}
