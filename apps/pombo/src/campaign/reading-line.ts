import type { Terminal } from '../terminal.ts';
import type { ListSource } from './list-source.ts';
import { RedrawnLine } from './redrawn-line.ts';

const redrawMs = 200;

/** In a terminal, how much of a list was read; elsewhere nothing. */
export class ReadingLine {
  readonly #line: RedrawnLine | null;
  readonly #source: Pick<ListSource, 'name' | 'bytes'>;
  #bytes = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, source: Pick<ListSource, 'name' | 'bytes'>) {
    this.#line = terminal.stdout.isTTY ? new RedrawnLine(terminal) : null;
    this.#source = source;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const now = performance.now();
    if (this.#line === null || now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    this.#line.draw((columns) => readingText(this.#source, this.#bytes).slice(0, columns));
  }

  clear(): void {
    this.#line?.clear();
  }
}

export function readingText({ name, bytes: whole }: Pick<ListSource, 'name' | 'bytes'>, bytes: number): string {
  const share = whole === null || whole === 0 ? '' : `${Math.floor((100 * bytes) / whole)} %, `;
  return `Reading ${name}: ${share}${(bytes / 1_000_000).toFixed(1)} MB`;
}
