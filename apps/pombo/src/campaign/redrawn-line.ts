import type { Terminal } from '../terminal.ts';

/** What a terminal has that does not say how wide it is. */
const usualColumns = 80;
const clearToEnd = '\x1b[K';

/** One line of a terminal that is drawn again and again. */
export class RedrawnLine {
  readonly #stdout: Terminal['stdout'];
  #drawn = false;

  constructor({ stdout }: Terminal) {
    this.#stdout = stdout;
  }

  /** `text` is asked for a line of at most so many columns. The last column stays free: some terminals wrap there. */
  draw(text: (columns: number) => string): void {
    this.#stdout.write(`\r${text((this.#stdout.columns ?? usualColumns) - 1)}${clearToEnd}`);
    this.#drawn = true;
  }

  /** What was drawn stays, and the next thing begins on a line of its own. */
  keep(): void {
    if (this.#drawn) this.#stdout.write('\n');
    this.#drawn = false;
  }

  /** What was drawn goes, because something else is said in its place. */
  clear(): void {
    if (this.#drawn) this.#stdout.write(`\r${clearToEnd}`);
    this.#drawn = false;
  }
}
