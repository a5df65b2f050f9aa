/** Recipients, counted. */
export interface Dests {
  first: number;
  count: number;
}

/** Sixteen digits, all of the same length and below what a JavaScript number holds exactly. */
const lowest = 3_000_000_000_000_000;

/** Hands out recipients nobody has been given before. */
export function openDests(): (count: number) => Dests {
  let next = lowest;
  return (count) => {
    const first = next;
    next += count;
    return { first, count };
  };
}

/**
 * The recipient with this number: its digits backwards (`reverse` in SQL), so that neighbours lie as far apart in an index as
 * Meta's ids do. None of them is one that the simulator answers in a way of its own.
 */
export function destOf(number: number): string {
  return backwards(String(number));
}

export function numberOf(dest: string): number {
  return Number(backwards(dest));
}

function backwards(digits: string): string {
  let turned = '';
  for (const digit of digits) turned = digit + turned;
  return turned;
}
