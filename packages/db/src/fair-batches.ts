import { createFifo, type Fifo } from './fifo.ts';

export interface FairBatchesOptions<Question> {
  /** Who asks. Askers take turns. */
  askerOf: (question: Question) => string;
  /** Most questions in one statement. */
  maxBatch: number;
  /** Statements under way at once. */
  statementsAtOnce: number;
  /** Places for questions that wait for a statement. One asker may have as many of them as are free: see `hasPlaceFor`. */
  maxWaiting: number;
}

interface Waiting<Question, Answer> {
  question: Question;
  answer: (answer: Answer) => void;
  fail: (error: unknown) => void;
}

/**
 * Like `coalesce`, for statements that many askers share: when more is asked than fits into the next statement, they
 * take turns filling it, one question each, so that whoever asks a lot waits for himself and not for others. Within one
 * asker the order of arrival is kept.
 * `answer` gets the questions of one statement and answers each in the same place; when it rejects, all of them do.
 * What comes back asks one question; null when there is no place to wait: it was not asked and will not be.
 */
export function fairBatches<Question, Answer>(
  answer: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  { askerOf, maxBatch, statementsAtOnce, maxWaiting }: FairBatchesOptions<Question>,
): (question: Question) => Promise<Answer> | null {
  /** In the order of turns: whoever was served goes to the end. */
  const askers = new Map<string, Fifo<Waiting<Question, Answer>>>();
  let waiting = 0;
  let running = 0;
  let scheduled = false;

  /**
   * Whoever floods alone gets half of the places, two of them a third each, and so on: the more there are, the less each
   * has, and there is always room for the next one.
   */
  function hasPlaceFor(asker: string): boolean {
    return (askers.get(asker)?.length() ?? 0) < maxWaiting - waiting;
  }

  function nextBatch(): Waiting<Question, Answer>[] {
    const batch: Waiting<Question, Answer>[] = [];
    for (const [asker, line] of askers) {
      if (batch.length >= maxBatch) break;
      const first = line.take();
      // Set anew, an asker comes last; this walk meets it again there, until the batch is full.
      askers.delete(asker);
      if (line.length() > 0) askers.set(asker, line);
      if (first) batch.push(first);
    }
    waiting -= batch.length;
    return batch;
  }

  /** One macrotask lets everything that arrived in this turn of the event loop join. */
  function schedule(): void {
    if (scheduled || running >= statementsAtOnce) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      start();
    });
  }

  function start(): void {
    while (waiting > 0 && running < statementsAtOnce) void run(nextBatch());
  }

  async function run(batch: readonly Waiting<Question, Answer>[]): Promise<void> {
    running += 1;
    try {
      const answers = await answer(batch.map(({ question }) => question));
      batch.forEach(({ answer: tell, fail }, place) => {
        const own = answers[place];
        if (own === undefined) fail(new Error('a question of a batch was left without an answer'));
        else tell(own);
      });
    } catch (error) {
      for (const { fail } of batch) fail(error);
    } finally {
      running -= 1;
      start();
    }
  }

  return (question) => {
    const asker = askerOf(question);
    if (!hasPlaceFor(asker)) return null;
    return new Promise((resolve, reject) => {
      const line = askers.get(asker) ?? createFifo();
      line.add({ question, answer: resolve, fail: reject });
      askers.set(asker, line);
      waiting += 1;
      schedule();
    });
  };
}
