import type { Readable, Writable } from 'node:stream';

/** Where a command reads and writes while it works: what takes long, or is more than fits in memory. */
export interface Terminal {
  out: (line: string) => void;
  err: (line: string) => void;
  /** A question, on standard error and without a line break: the answer stands behind it. */
  prompt: (question: string) => void;
  stdin: Readable & { isTTY?: boolean };
  /** For what is no line: bytes as they come, and a line that is drawn again. */
  stdout: Writable & { isTTY?: boolean; columns?: number };
  /** From now on a Ctrl-C is heard here instead of ending the process. */
  onInterrupt: (heard: () => void) => void;
}
