export const maxRowBytes = 64 * 1024;

const newline = 0x0a;

/**
 * Cuts bytes into lines, without their newline. A line that is too long is given as its first `maxRowBytes + 1` bytes
 * as soon as these are there, and the rest of it is read past. The bytes of a line are good until the next is asked for.
 */
export interface Lines {
  of(bytes: Buffer): Iterable<Buffer>;
  /** The line at the end that no newline closed. */
  last(): Iterable<Buffer>;
}

export function createLines(): Lines {
  // Copied, and not kept as the pieces that came: a single byte of one may hold on to the memory of a whole buffer.
  const held = Buffer.allocUnsafe(maxRowBytes + 1);
  let heldBytes = 0;
  let isReadingPast = false;

  return {
    *of(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const found = bytes.indexOf(newline, from);
        const to = found < 0 ? bytes.length : found;
        if (isReadingPast) {
          isReadingPast = found < 0;
        } else if (found >= 0 && heldBytes === 0) {
          yield bytes.subarray(from, Math.min(to, from + held.length));
        } else {
          heldBytes += bytes.copy(held, heldBytes, from, to);
          if (found >= 0 || heldBytes === held.length) {
            yield held.subarray(0, heldBytes);
            heldBytes = 0;
            isReadingPast = found < 0;
          }
        }
        from = to + 1;
      }
    },
    *last() {
      if (heldBytes > 0) yield held.subarray(0, heldBytes);
    },
  };
}
