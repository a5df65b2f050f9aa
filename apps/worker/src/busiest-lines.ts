/** The name for all lines together that are not among the busiest. */
export const otherLines = 'other';

/** Which lines are counted by name: as many as a chart can show, however many there are. */
export interface BusiestLines {
  /** The line's number while it is among the busiest, else `other`. Whoever asks is taken to have used the line. */
  nameOf(lineId: string): string;
  /** Chooses anew: those on which most waits, then those used most. Returns who is not among them any more. */
  choose(waiting: readonly string[]): string[];
}

/** With every choice what was used before counts less. */
const remembered = 0.8;
/** Whoever has a name keeps it until another one is used twice as much, so that charts do not flicker. */
const preference = 2;

export function createBusiestLines(most: number): BusiestLines {
  let named = new Set<string>();
  let uses = new Map<string, number>();

  function byUse(): string[] {
    const weight = ([lineId, used]: [string, number]) => used * (named.has(lineId) ? preference : 1);
    return [...uses].sort((a, b) => weight(b) - weight(a)).map(([lineId]) => lineId);
  }

  return {
    nameOf(lineId) {
      uses.set(lineId, (uses.get(lineId) ?? 0) + 1);
      // As long as there are no more lines than names, nobody is one of the others.
      if (named.size < most) named.add(lineId);
      return named.has(lineId) ? lineId : otherLines;
    },
    choose(waiting) {
      const before = named;
      named = new Set([...new Set([...waiting, ...byUse(), ...before])].slice(0, most));
      uses = new Map(
        [...uses].map(([lineId, used]) => [lineId, used * remembered] as const).filter(([, used]) => used > 0.5),
      );
      return [...before].filter((lineId) => !named.has(lineId));
    },
  };
}
