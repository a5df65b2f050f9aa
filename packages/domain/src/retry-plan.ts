/**
 * How long to wait after each failed try, in seconds, before the next. A list one can read.
 * When it is used up the message is given up, and says so.
 */
export const retryPlanSeconds = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900] as const;

/** How long to leave a scope alone after a throttle code that named no time of its own. */
export const throttlePauseMs = { recipient: 60_000, page: 30_000, app: 60_000 } as const;

/** An unknown outcome waits this long for evidence before `on_unknown=resend` sends again. */
export const resendGraceMs = 60_000;

/**
 * Milliseconds until the next try, with ±20 % of jitter so that a page full of failures does not come back as one wave.
 * `tries` counts the failed tries so far, from 1. `null` when the plan is used up.
 */
export function retryDelayMs(tries: number, random: () => number): number | null {
  const seconds = retryPlanSeconds[tries - 1];
  return seconds === undefined ? null : Math.round(seconds * 1000 * (0.8 + 0.4 * random()));
}
