/** npm hands on a Ctrl-C that the terminal has sent already, so one Ctrl-C may arrive twice. */
const sameSignalMs = 1_000;

export interface Told {
  signal: AbortSignal;
  promise: Promise<null>;
  ignore: () => void;
}

/** The first signal asks for an orderly stop and is told by `promise` and `signal`; a later one calls `again`. */
export function listenForSignals(again: () => never, print: (line: string) => void): Told {
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
  return {
    signal: told.signal,
    promise: first.promise,
    ignore: () => {
      for (const signal of signals) process.off(signal, heard);
    },
  };
}
