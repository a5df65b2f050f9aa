/** What happens later, on a clock that goes in steps. */
export interface Wheel<T> {
  /** In so many steps from now, at least one, and at most as many as the wheel has. */
  put(steps: number, thing: T): void;
  /** One step on: what happens now, in the order in which it was put. */
  turn(): readonly T[];
}

export function openWheel<T>(steps: number): Wheel<T> {
  const spokes: T[][] = Array.from({ length: steps + 1 }, () => []);
  let now = 0;
  return {
    put(ahead, thing) {
      spokes[(now + Math.min(steps, Math.max(1, Math.ceil(ahead)))) % spokes.length]?.push(thing);
    },
    turn() {
      now = (now + 1) % spokes.length;
      const due = spokes[now] ?? [];
      spokes[now] = [];
      return due;
    },
  };
}
