/** npm hands on a Ctrl-C that the terminal has sent already, so one Ctrl-C may arrive twice. */
const sameSignalMs = 1_000;
const parentCheckMs = 250;

export interface Told {
  signal: AbortSignal;
  promise: Promise<null>;
  ignore: () => void;
}

/**
 * The first signal asks for an orderly stop and is told by `promise` and `signal`; a later one calls `again`. npm hands
 * a SIGTERM to its shell only, which dies of it without a word to us, so under npm a lost parent means the same.
 */
export function listenForSignals(again: () => never, print: (line: string) => void, underNpm: boolean): Told {
  const told = new AbortController();
  const first = Promise.withResolvers<null>();
  let firstAt = Number.POSITIVE_INFINITY;
  const heard = () => {
    const now = performance.now();
    if (told.signal.aborted) {
      if (now - firstAt > sameSignalMs) again();
      return;
    }
    firstAt = now;
    print('pombo     | Stopping. Once more stops at once.');
    told.abort();
    first.resolve(null);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, heard);
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (underNpm && process.ppid !== parent && !told.signal.aborted) heard();
  }, parentCheckMs);
  return {
    signal: told.signal,
    promise: first.promise,
    ignore: () => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, heard);
    },
  };
}
