import { type DestinationStream, pino } from 'pino';

/** In characters; more than is logged in one turn, most often. */
const mostHeld = 64 * 1024;

/**
 * Standard output, written once for all lines of one turn of the event loop: a call to the system for each line would cost a
 * busy process a tenth of what it can do. A process that ends, also by an error, loses none; one that is killed loses the
 * lines of the turn it was in.
 */
export function logDestination(): DestinationStream {
  const out = pino.destination({ fd: 1, sync: true });
  let held = '';
  const flush = () => {
    if (held === '') return;
    const lines = held;
    held = '';
    out.write(lines);
  };
  process.once('exit', flush);
  return {
    write(line) {
      if (held === '') setImmediate(flush);
      held += line;
      if (held.length > mostHeld) flush();
    },
  };
}
