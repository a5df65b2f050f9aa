import DataLoader from 'dataloader';

export interface CoalesceOptions {
  /** Most questions in one statement. */
  maxBatch: number;
  /** Statements under way at once. While they run, newcomers gather for the next. */
  statementsAtOnce: number;
}

/**
 * Many callers, few statements: what is asked while the previous statements run goes out together with the next.
 * An idle moment costs nothing, a busy one fills the batch by itself; there is no timer to tune.
 * `ask` gets the questions in order of arrival and answers each in the same place, with a value or an Error.
 */
export function coalesce<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<ArrayLike<Answer | Error>>,
  { maxBatch, statementsAtOnce }: CoalesceOptions,
): (question: Question) => Promise<Answer> {
  let running = 0;
  const waiting: (() => void)[] = [];

  const loader = new DataLoader<Question, Answer>(
    async (questions) => {
      running += 1;
      try {
        return await ask(questions);
      } finally {
        running -= 1;
        waiting.shift()?.();
      }
    },
    {
      cache: false,
      maxBatchSize: maxBatch,
      // One macrotask lets everything that arrived in this turn of the event loop join.
      batchScheduleFn: (dispatch) =>
        setImmediate(() => (running < statementsAtOnce ? dispatch() : waiting.push(dispatch))),
    },
  );
  return (question) => loader.load(question);
}
