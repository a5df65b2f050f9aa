/** First in, first out. */
export interface Fifo<Item> {
  add(item: Item): void;
  take(): Item | undefined;
  length(): number;
}

/** Taking from the front of one long array would move all the others each time. */
export function createFifo<Item>(): Fifo<Item> {
  let arriving: Item[] = [];
  let leaving: Item[] = [];
  return {
    add: (item) => void arriving.push(item),
    take() {
      if (leaving.length === 0) {
        leaving = arriving.reverse();
        arriving = [];
      }
      return leaving.pop();
    },
    length: () => arriving.length + leaving.length,
  };
}
