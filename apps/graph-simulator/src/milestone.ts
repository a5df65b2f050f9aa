/** A count that others can wait for: tests wait for the moment something has happened, never for a while. */
export interface Milestone {
  readonly count: number;
  reach(count: number): void;
  /** Resolves as soon as the count is this or more. */
  when(count: number): Promise<void>;
}

export function openMilestone(): Milestone {
  let count = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  return {
    get count() {
      return count;
    },
    reach(reached) {
      count = reached;
      if (waiting.length === 0) return;
      for (const waiter of waiting) if (waiter.count <= count) waiter.resolve();
      waiting = waiting.filter((waiter) => waiter.count > count);
    },
    when(wanted) {
      if (wanted <= count) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ count: wanted, resolve }));
    },
  };
}
