/** Knows whether what this process has cached may still count. */
export interface ChangesWatch {
  /** Another number than before: forget what was cached. */
  epoch(): number;
  /** True while the counter has been read recently enough for cached answers to count. */
  isFresh(): boolean;
  /** Asks PostgreSQL when the last reading is too old. False when it does not answer: then nothing cached counts. */
  ensureFresh(): Promise<boolean>;
  /** Reads now instead of at the next turn: somebody said that the counter moved. Never rejects. */
  hurry(): Promise<void>;
  stop(): void;
}

export interface ChangesWatchOptions {
  readCounter: () => Promise<string>;
  now: () => number;
  pollMs?: number;
  /** How old the beginning of the last good reading may be. */
  maxAgeMs?: number;
  /** How long a request waits for a reading of its own. */
  patienceMs?: number;
  /** Called when readings begin to fail, not for each that fails. */
  onTrouble: (error: unknown) => void;
}

/** So many readings without an answer mean that more of them would only take the pool's connections away. */
const maxOpenReadings = 3;

/**
 * Reads the `changes` counter again and again. What counts is when the reading began: a revocation that was committed
 * before then is in it. Notifications only hurry the reading, so losing all of them loses nothing.
 */
export function watchChanges(options: ChangesWatchOptions): ChangesWatch {
  const { readCounter, now, pollMs = 300, maxAgeMs = 800, patienceMs = 900, onTrouble } = options;
  let epoch = 0;
  let counter: string | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  let latest: { startedAt: number; done: Promise<void> } | null = null;
  let openReadings = 0;
  let inTrouble = false;

  async function read(startedAt: number): Promise<void> {
    openReadings += 1;
    try {
      const answer = await readCounter();
      inTrouble = false;
      if (startedAt < readAt) return;
      readAt = startedAt;
      if (answer !== counter) epoch += 1;
      counter = answer;
    } catch (error) {
      if (!inTrouble) onTrouble(error);
      inTrouble = true;
    } finally {
      openReadings -= 1;
    }
  }

  function begin(): Promise<void> {
    if (openReadings >= maxOpenReadings && latest) return latest.done;
    const startedAt = now();
    latest = { startedAt, done: read(startedAt) };
    return latest.done;
  }

  const isFresh = () => now() - readAt <= maxAgeMs;
  const timer = setInterval(() => void begin(), pollMs);

  return {
    epoch: () => epoch,
    isFresh,
    async ensureFresh() {
      if (isFresh()) return true;
      const joinable = openReadings > 0 && latest && now() - latest.startedAt <= maxAgeMs / 2;
      await within(joinable && latest ? latest.done : begin(), patienceMs);
      return isFresh();
    },
    hurry: begin,
    stop: () => clearInterval(timer),
  };
}

/** Resolves when the work is done or the time is up, whichever is first. */
function within(work: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    void work.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
