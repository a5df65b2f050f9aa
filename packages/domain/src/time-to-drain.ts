export interface Flow {
  /** Everything that still has to go. */
  waiting: number;
  /** What is added to it, and what gets its final word. */
  inPerSecond: number;
  outPerSecond: number;
}

export type TimeToDrain =
  | { kind: 'nothing_waits' }
  /** As it goes just now there will never be less. */
  | { kind: 'not_draining' }
  | { kind: 'seconds'; seconds: number };

/** When nothing would wait any more if it went on as it goes now. Pure. */
export function timeToDrain({ waiting, inPerSecond, outPerSecond }: Flow): TimeToDrain {
  if (waiting <= 0) return { kind: 'nothing_waits' };
  const lessPerSecond = outPerSecond - inPerSecond;
  return lessPerSecond > 0 ? { kind: 'seconds', seconds: waiting / lessPerSecond } : { kind: 'not_draining' };
}
