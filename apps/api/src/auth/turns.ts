/** One at a time for each key; the others wait in line, at most `maxWaiting` of them. */
export interface Turns {
  /** Runs the work when its turn has come; null when the line is too long. */
  take<T>(key: string, work: () => Promise<T>): Promise<T | null>;
}

export function createTurns(maxWaiting: number): Turns {
  const lines = new Map<string, { last: Promise<unknown>; length: number }>();

  return {
    async take(key, work) {
      const line = lines.get(key) ?? { last: Promise.resolve(), length: 0 };
      if (line.length > maxWaiting) return null;
      lines.set(key, line);
      line.length += 1;
      const mine = line.last.then(work);
      line.last = mine.catch(() => {});
      try {
        return await mine;
      } finally {
        line.length -= 1;
        if (line.length === 0) lines.delete(key);
      }
    },
  };
}
