/** At most so many at once; the others wait for their turn. */
export interface AtOnce {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createAtOnce(most: number): AtOnce {
  const waiting: (() => void)[] = [];
  let free = most;

  return {
    async run(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        // Whoever is next takes over the place itself.
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
