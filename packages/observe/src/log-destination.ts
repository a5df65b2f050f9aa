import { type DestinationStream, pino } from 'pino';

/** In characters; more than is logged between two writes, most often. */
const mostHeld = 64 * 1024;
/** Between two writes. Who logs seldom is written at once. */
const restMs = 20;

/**
 * Standard output, written once for many lines: a call to the system for each would cost a busy process a tenth of what it
 * can do, and whoever reads the lines as much again. A process that ends, also by an error, loses none; one that is
 * killed loses those of its last 20 ms.
 */
export function logDestination(): DestinationStream {
  const out = pino.destination({ fd: 1, sync: true });
  let held = '';
  let writtenAt = -Infinity;
  let nextWrite: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(nextWrite);
    nextWrite = undefined;
    if (held === '') return;
    const lines = held;
    held = '';
    writtenAt = performance.now();
    out.write(lines);
  }

  /** Not before everything that is logged in this turn of the event loop is there. */
  function flushSoon(): void {
    const waitMs = writtenAt + restMs - performance.now();
    if (waitMs > 0) nextWrite = setTimeout(flush, waitMs);
    else setImmediate(flush);
  }

  process.once('exit', flush);
  return {
    write(line) {
      if (held === '') flushSoon();
      held += line;
      if (held.length > mostHeld) flush();
    },
  };
}
