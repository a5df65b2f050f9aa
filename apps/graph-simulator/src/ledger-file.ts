import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { LedgerEntry } from './ledger.ts';

type StoredEntry = Omit<LedgerEntry, 'text'>;

export interface LedgerFile {
  /** The seed of the ids in this file; new ids go on from it. */
  seed: number;
  /** What earlier lives of the simulator accepted. */
  entries: StoredEntry[];
  append(entry: StoredEntry): void;
  clear(): void;
  close(): void;
}

/**
 * One JSON line per acceptance after a first line with the seed. Each line is written before the answer is, by one
 * system call: a killed process leaves whole lines behind, and at most the last one torn by a killed machine.
 */
export function openLedgerFile(path: string, freshSeed: number): LedgerFile {
  const file = openSync(path, 'a+');
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole));
  const [head, ...lines] = whole.split('\n').filter((line) => line !== '');
  const seed = head === undefined ? freshSeed : (JSON.parse(head) as { seed: number }).seed;
  const writeHead = () => writeSync(file, `${JSON.stringify({ seed })}\n`);
  if (head === undefined) writeHead();
  return {
    seed,
    entries: lines.map((line) => JSON.parse(line) as StoredEntry),
    append: (entry) => {
      writeSync(file, `${JSON.stringify(entry)}\n`);
    },
    clear() {
      ftruncateSync(file, 0);
      writeHead();
    },
    close: () => closeSync(file),
  };
}
