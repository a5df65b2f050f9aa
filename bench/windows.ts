/** The most events in any stretch of time this long: begin included, end not. Times in milliseconds, in any order. */
export function mostWithin(times: readonly number[], lengthMs: number): number {
  const sorted = inOrder(times);
  let most = 0;
  let first = 0;
  for (const [last, time] of sorted.entries()) {
    while ((sorted[first] ?? 0) <= time - lengthMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/**
 * Events per second in every stretch this long that lies within `from` and `until`, moved along by `stepMs`. Empty when
 * none fits in.
 */
export function rates(
  times: readonly number[],
  span: { from: number; until: number; lengthMs: number; stepMs: number },
): number[] {
  const sorted = inOrder(times);
  const found: number[] = [];
  for (let begin = span.from; begin + span.lengthMs <= span.until; begin += span.stepMs) {
    const count = countBefore(sorted, begin + span.lengthMs) - countBefore(sorted, begin);
    found.push((count * 1000) / span.lengthMs);
  }
  return found;
}

/** The time between one event and the next. */
export function gaps(times: readonly number[]): number[] {
  const sorted = inOrder(times);
  return sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0));
}

function inOrder(times: readonly number[]): number[] {
  return [...times].sort((a, b) => a - b);
}

/** By halving: a run of a minute has some ten thousand events and as many windows. */
function countBefore(sorted: readonly number[], time: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
