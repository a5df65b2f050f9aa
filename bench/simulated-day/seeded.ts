/** Numbers from 0 to 1 that are the same for the same seed, on every machine (the generator "mulberry32"). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Around 0, two thirds of them between -1 and 1 (normal distribution, by Box and Muller's method). */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many of something happen by chance where `mean` of them are expected (Poisson, by Knuth's method: for small means). */
export function countAround(mean: number, random: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** Picks an index as often as its weight says, in constant time (Vose's alias method). */
export function weighted(weights: readonly number[], random: () => number): () => number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const own = weights.map((weight) => (weight * weights.length) / sum);
  const other = weights.map((_, index) => index);
  const small = own.flatMap((share, index) => (share < 1 ? [index] : []));
  const large = own.flatMap((share, index) => (share < 1 ? [] : [index]));
  for (let giver = large.at(-1), taker = small.pop(); giver !== undefined && taker !== undefined; taker = small.pop()) {
    other[taker] = giver;
    own[giver] = (own[giver] ?? 0) - (1 - (own[taker] ?? 0));
    if ((own[giver] ?? 0) < 1) {
      large.pop();
      small.push(giver);
      giver = large.at(-1);
    }
  }
  return () => {
    const index = Math.floor(random() * weights.length);
    return random() < (own[index] ?? 1) ? index : (other[index] ?? index);
  };
}
