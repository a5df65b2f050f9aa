/** Release keeps about this many seconds of a line's pace in the lane, so that workers never run dry. */
const releaseSeconds = 2;

/** Milliseconds between two turns at this pace (messages per second). 0 means no pace: turns cost nothing. */
export function turnIntervalMs(pacePerSecond: number): number {
  return pacePerSecond <= 0 ? 0 : 1000 / pacePerSecond;
}

/** How many messages of a line may be released and unfinished at once. */
export function releaseWindow(pacePerSecond: number): number {
  if (pacePerSecond <= 0) return 2000;
  return Math.min(2000, Math.max(20, Math.ceil(releaseSeconds * pacePerSecond)));
}
