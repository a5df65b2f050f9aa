import type { MessageOutcome } from '@pombo/db/outcomes.ts';
import type { Announcement } from '@pombo/queue/announcement.ts';

/** A synchronous caller's place. */
export interface Place {
  /** The final outcome, or what the row said when the time was up (null when nobody could read it). Never rejects. */
  outcome(waitMs: number): Promise<MessageOutcome | null>;
  /** What the row says now; null when nobody could read it. Never rejects. */
  look(): Promise<MessageOutcome | null>;
  /** Gives the place up: the caller has its answer or has hung up. */
  leave(): void;
}

export interface WaitingRoom {
  /** A place for whoever waits for this message, taken before anything can announce it; null when all are taken. */
  expect(messageId: string): Place | null;
  /** Something became of these messages. Where the announcement does not say what, their rows are read, once for all. */
  announced(announcements: readonly Announcement[]): void;
  places(): { taken: number; free: number };
  /** Resolves when nobody waits any more. After `withinMs` every wait is ended: whoever stands here hears what was seen last. */
  close(withinMs: number): Promise<void>;
}

export interface WaitingRoomOptions {
  maxPlaces: number;
  readOutcomes: (messageIds: readonly string[]) => Promise<Map<string, MessageOutcome>>;
  /** How often the rows of all who wait are read, because announcements may be lost. */
  pollMs?: number;
  /** How long past its time a caller waits for the last look at its row. */
  lastLookMs?: number;
}

interface Waiter {
  messageId: string;
  /** Ends the wait: nobody is there any more. */
  dismiss: () => void;
  tell: (outcome: MessageOutcome) => void;
}

const maxRowsPerQuestion = 1000;

/** Callers standing by. An announcement is as good as the row it was made from, and may be lost; the row never is. */
export function openWaitingRoom(options: WaitingRoomOptions): WaitingRoom {
  const { maxPlaces, readOutcomes, pollMs = 1000, lastLookMs = 1000 } = options;
  const waiters = new Map<string, Set<Waiter>>();
  let taken = 0;
  let toRead = new Set<string>();
  let reading: Promise<void> | null = null;
  let whenEmpty = () => {};

  /** Ids that come up while one question is under way go out together with the next. */
  function read(messageIds: Iterable<string>): Promise<void> {
    for (const id of messageIds) toRead.add(id);
    reading ??= readAll().finally(() => {
      reading = null;
    });
    return reading;
  }

  async function readAll(): Promise<void> {
    await new Promise(setImmediate);
    while (toRead.size > 0) {
      const ids = [...toRead].slice(0, maxRowsPerQuestion);
      for (const id of ids) toRead.delete(id);
      try {
        for (const [id, outcome] of await readOutcomes(ids)) tell(id, outcome);
      } catch {
        // The next turn of the poll asks again, and the deadline ends the wait whatever happens.
        toRead = new Set();
        return;
      }
    }
  }

  function tell(messageId: string, outcome: MessageOutcome): void {
    for (const waiter of waiters.get(messageId) ?? []) waiter.tell(outcome);
  }

  function leave(waiter: Waiter): void {
    const others = waiters.get(waiter.messageId);
    if (!others?.delete(waiter)) return;
    waiter.dismiss();
    taken -= 1;
    if (others.size === 0) waiters.delete(waiter.messageId);
    if (taken === 0) whenEmpty();
  }

  function dismissAll(): void {
    for (const waiter of [...waiters.values()].flatMap((others) => [...others])) leave(waiter);
  }

  async function look(messageId: string, seen: ReturnType<typeof createLook>): Promise<MessageOutcome | null> {
    void read([messageId]);
    await seen.next(lastLookMs);
    return seen.last();
  }

  const timer = setInterval(() => {
    if (waiters.size > 0) void read(waiters.keys());
  }, pollMs);

  return {
    expect(messageId) {
      if (taken >= maxPlaces) return null;
      taken += 1;
      const seen = createLook();
      const waiter: Waiter = { messageId, tell: seen.see, dismiss: seen.end };
      const others = waiters.get(messageId) ?? new Set();
      waiters.set(messageId, others.add(waiter));
      return {
        leave: () => leave(waiter),
        async outcome(waitMs) {
          if (await seen.final(waitMs)) return seen.last();
          return seen.hasEnded() ? seen.last() : look(messageId, seen);
        },
        look: () => look(messageId, seen),
      };
    },
    announced(announcements) {
      const awaited = announcements.filter(({ messageId }) => waiters.has(messageId));
      for (const { messageId, outcome } of awaited) if (outcome) tell(messageId, outcome);
      const untold = awaited.filter(({ outcome }) => outcome === null);
      if (untold.length > 0) void read(untold.map(({ messageId }) => messageId));
    },
    places: () => ({ taken, free: maxPlaces - taken }),
    async close(withinMs) {
      const patience = setTimeout(dismissAll, withinMs);
      if (taken > 0) await new Promise<void>((resolve) => (whenEmpty = resolve));
      clearTimeout(patience);
      clearInterval(timer);
    },
  };
}

/** What one waiter has seen of its row. */
function createLook() {
  let last: MessageOutcome | null = null;
  let ended = false;
  let wake: () => void = () => {};

  /** Resolves when it is so, at the latest when the time is up or the wait has ended. */
  function until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        wake = () => {};
        resolve(isSo());
      };
      const timer = setTimeout(stop, limitMs);
      wake = () => {
        if (ended || isSo()) stop();
      };
      wake();
    });
  }

  return {
    see(outcome: MessageOutcome) {
      last = outcome;
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    hasEnded: () => ended,
    last: () => last,
    final: (limitMs: number) => until(() => last !== null && isFinal(last), limitMs),
    /** The next look, whatever it shows. */
    next(limitMs: number) {
      const before = last;
      return until(() => last !== before, limitMs);
    },
  };
}

/** Nobody waits on for an unknown outcome: evidence may take days. */
function isFinal(outcome: MessageOutcome): boolean {
  return outcome.status !== 'PENDING';
}
