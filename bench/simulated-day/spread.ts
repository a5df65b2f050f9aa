/** How many of very many figures were how large, in steps of 2 %: a day has tens of millions, too many to keep. */
export interface Spread {
  add(value: number): void;
  count(): number;
  largest(): number;
  quantile(share: number): number;
}

const stepsPerE = 50;

export function openSpread(): Spread {
  const counts: number[] = [];
  let total = 0;
  let most = 0;
  return {
    add(value) {
      const step = Math.round(Math.log1p(Math.max(0, value)) * stepsPerE);
      while (counts.length <= step) counts.push(0);
      counts[step] = (counts[step] ?? 0) + 1;
      total += 1;
      most = Math.max(most, value);
    },
    count: () => total,
    largest: () => most,
    quantile(share) {
      let left = Math.floor(share * total);
      const step = counts.findIndex((count) => {
        left -= count;
        return left < 0;
      });
      return total === 0 ? Number.NaN : Math.min(most, Math.expm1(step / stepsPerE));
    },
  };
}
