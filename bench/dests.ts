/** Recipients one after the other, by their numbers. */
export interface Dests {
  first: number;
  count: number;
}

/**
 * Sixteen digits, all of the same length and below what a JavaScript number holds exactly; above those that the simulator
 * answers in ways of their own.
 */
const lowest = 2_000_000_000_000_000;

/** Hands out recipients nobody has been given before. */
export function openDests(): (count: number) => Dests {
  let next = lowest;
  return (count) => {
    const first = next;
    next += count;
    return { first, count };
  };
}
