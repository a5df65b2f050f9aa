import DataLoader from 'dataloader';

/**
 * Many callers, few statements: what is asked while a statement runs goes out together with the next. One runs at a time: two
 * would wait for one another's rows, and each would be smaller. An idle moment costs nothing, a busy one fills the batch by
 * itself; there is no timer to tune.
 * `ask` gets the questions in order of arrival, at most `maxBatch`, and answers each in the same place, with a value or an Error.
 */
export function coalesce<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<ArrayLike<Answer | Error>>,
  { maxBatch }: { maxBatch: number },
): (question: Question) => Promise<Answer> {
  let running = false;
  const waiting: (() => void)[] = [];

  const loader = new DataLoader<Question, Answer>(
    async (questions) => {
      running = true;
      try {
        return await ask(questions);
      } finally {
        running = false;
        waiting.shift()?.();
      }
    },
    {
      cache: false,
      maxBatchSize: maxBatch,
      // One macrotask lets everything that arrived in this turn of the event loop join.
      batchScheduleFn: (dispatch) => setImmediate(() => (running ? waiting.push(dispatch) : dispatch())),
    },
  );
  return (question) => loader.load(question);
}
