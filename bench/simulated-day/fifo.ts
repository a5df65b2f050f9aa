/** First in, first out, without moving what stands behind. */
export interface Fifo<T> {
  readonly length: number;
  push(thing: T): void;
  shift(): T | undefined;
}

export function openFifo<T>(): Fifo<T> {
  let things: T[] = [];
  let first = 0;
  return {
    get length() {
      return things.length - first;
    },
    push(thing) {
      things.push(thing);
    },
    shift() {
      if (first === things.length) return undefined;
      const thing = things[first];
      first += 1;
      if (first > 1_024 && first * 2 > things.length) {
        things = things.slice(first);
        first = 0;
      }
      return thing;
    },
  };
}
