/** Recipients one after the other, by their numbers. */
export interface Dests {
  first: number;
  count: number;
}

/** Sixteen digits, as many as fit: all of the same length, and below what a JavaScript number holds exactly. */
const lowest = 1_000_000_000_000_000;

/** Hands out recipients nobody has been given before. */
export function openDests(): (count: number) => Dests {
  let next = lowest;
  return (count) => {
    const first = next;
    next += count;
    return { first, count };
  };
}
