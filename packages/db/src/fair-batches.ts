export interface FairBatchesOptions<Question> {
  /** Who asks. Askers take turns. */
  askerOf: (question: Question) => string;
  /** Most questions in one statement. */
  maxBatch: number;
  /** Statements under way at once. */
  lanes: number;
  /** Most questions that may wait for a statement. One asker may take half of these places while others wait, too. */
  maxWaiting: number;
}

export interface FairBatches<Question, Answer> {
  /** Null when there is no place to wait: the question was not asked and will not be. */
  ask(question: Question): Promise<Answer> | null;
  /** Nobody gets a place any more. */
  isFull(): boolean;
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
 */
export function fairBatches<Question, Answer>(
  answer: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  { askerOf, maxBatch, lanes, maxWaiting }: FairBatchesOptions<Question>,
): FairBatches<Question, Answer> {
  /** In the order of turns: whoever was served goes to the end. */
  const askers = new Map<string, Line<Waiting<Question, Answer>>>();
  let waiting = 0;
  let running = 0;
  let scheduled = false;

  function hasPlaceFor(asker: string): boolean {
    if (waiting >= maxWaiting) return false;
    const own = askers.get(asker)?.length() ?? 0;
    return own < maxWaiting / 2 || own === waiting;
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
    if (scheduled || running >= lanes) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      start();
    });
  }

  function start(): void {
    while (waiting > 0 && running < lanes) void run(nextBatch());
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

  return {
    ask(question) {
      const asker = askerOf(question);
      if (!hasPlaceFor(asker)) return null;
      return new Promise((resolve, reject) => {
        const line = askers.get(asker) ?? createLine();
        line.add({ question, answer: resolve, fail: reject });
        askers.set(asker, line);
        waiting += 1;
        schedule();
      });
    },
    isFull: () => waiting >= maxWaiting,
  };
}

interface Line<Item> {
  add(item: Item): void;
  take(): Item | undefined;
  length(): number;
}

/** First in, first out. Taking from the front of one long array would move all the others each time. */
function createLine<Item>(): Line<Item> {
  let arriving: Item[] = [];
  let leaving: Item[] = [];
  return {
    add: (item) => void arriving.push(item),
    take() {
      if (leaving.length === 0) {
        leaving = arriving.reverse();
        arriving = [];
      }
      return leaving.pop();
    },
    length: () => arriving.length + leaving.length,
  };
}
