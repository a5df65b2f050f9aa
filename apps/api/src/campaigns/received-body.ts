import type { IncomingMessage } from 'node:http';

/** Why no more of a body is read. */
export type BodyEnd = 'lost' | 'silent' | 'stopped';

export interface ReceivedBody extends AsyncIterable<Buffer> {
  /** Whoever waits for the next piece hears at once that there is none. */
  stop(): void;
  /** Why it ended before its end; null when it did not. */
  endedBy(): BodyEnd | null;
}

/**
 * The body of a request, piece by piece, no faster than it is taken. It breaks off when the sender says nothing for
 * `silenceMs` while somebody waits. The request itself stays as it is, because the answer has to travel on its connection.
 */
export function receiveBody(request: IncomingMessage, silenceMs: number): ReceivedBody {
  let changes: Changes | null = null;
  let end: BodyEnd | null = null;

  async function* pieces(): AsyncGenerator<Buffer> {
    changes = watchRequest(request);
    try {
      for (;;) {
        if (end !== null) throw new Error(end);
        const piece: Buffer | null = request.read();
        if (piece) yield piece;
        else if (request.readableEnded) return;
        else if (request.destroyed) end = 'lost';
        else if (!(await changes.next(silenceMs))) end = 'silent';
      }
    } finally {
      changes.ignore();
    }
  }

  return {
    [Symbol.asyncIterator]: pieces,
    stop() {
      end ??= 'stopped';
      changes?.tell();
    },
    endedBy: () => end,
  };
}

export interface ReadPastLimits {
  bytes: number;
  withinMs: number;
}

/**
 * Reads the rest of a body past, so that a sender who reads only when all is sent gets the answer; nobody is listened to
 * for ever. Resolves when there is no more of it, or the limits are reached.
 */
export async function readPast(request: IncomingMessage, { bytes, withinMs }: ReadPastLimits): Promise<void> {
  const changes = watchRequest(request);
  const endAt = performance.now() + withinMs;
  let read = 0;
  while (!request.readableEnded && !request.destroyed && read <= bytes) {
    const piece: Buffer | null = request.read();
    const leftMs = endAt - performance.now();
    if (leftMs <= 0) break;
    if (piece) read += piece.length;
    else if (!(await changes.next(leftMs))) break;
  }
  changes.ignore();
}

interface Changes {
  /** True at the next change, false when there is none in time. Whoever waits has just looked, so none is missed. */
  next(withinMs: number): Promise<boolean>;
  tell(): void;
  ignore(): void;
}

const events = ['readable', 'end', 'close', 'error'] as const;

function watchRequest(request: IncomingMessage): Changes {
  let wake = (_changed: boolean) => {};
  const tell = () => wake(true);
  for (const event of events) request.on(event, tell);
  return {
    next: (withinMs) =>
      new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, withinMs, false);
        wake = (changed) => {
          clearTimeout(timer);
          resolve(changed);
        };
      }),
    tell,
    ignore() {
      for (const event of events) if (event !== 'error') request.off(event, tell);
    },
  };
}
