import { describe, expect, it } from 'vitest';
import { fairBatches } from './fair-batches.ts';

interface Question {
  asker: string;
  number: number;
}

/** A statement that ends when the test says so. */
function openSlow({ maxBatch = 4, statementsAtOnce = 1, maxWaiting = 100 } = {}) {
  const statements: string[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const ask = fairBatches<Question, string>(
    (questions) => {
      const names = questions.map(({ asker, number }) => `${asker}${number}`);
      statements.push(names);
      return new Promise((resolve, reject) =>
        ends.push((error) => (error ? reject(error) : resolve(names.map((name) => `answer to ${name}`)))),
      );
    },
    { askerOf: ({ asker }) => asker, maxBatch, statementsAtOnce, maxWaiting },
  );
  return {
    statements,
    ask: (asker: string, number: number) => ask({ asker, number }),
    askMany: (asker: string, count: number) =>
      Array.from({ length: count }, (_, index) => ask({ asker, number: index + 1 })),
    async endNext(error?: Error) {
      ends.shift()?.(error);
      await turn();
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('filling statements', () => {
  it('asks after one turn of the event loop, together with what arrived in it', async () => {
    const slow = openSlow();
    const first = slow.ask('a', 1);
    const second = slow.ask('b', 1);
    expect(slow.statements).toEqual([]);
    await turn();
    expect(slow.statements).toEqual([['a1', 'b1']]);
    await slow.endNext();
    expect(await Promise.all([first, second])).toEqual(['answer to a1', 'answer to b1']);
  });

  it('runs so many statements at once and lets newcomers gather for the next', async () => {
    const slow = openSlow({ statementsAtOnce: 2 });
    void slow.ask('a', 1);
    await turn();
    void slow.ask('a', 2);
    await turn();
    void slow.ask('a', 3);
    await turn();
    void slow.ask('a', 4);
    await turn();
    expect(slow.statements).toEqual([['a1'], ['a2']]);
    await slow.endNext();
    expect(slow.statements).toEqual([['a1'], ['a2'], ['a3', 'a4']]);
  });

  it('lets a trickle into the next statement, however much somebody else has asked before', async () => {
    const slow = openSlow();
    void slow.askMany('flood', 20);
    await turn();
    void slow.ask('trickle', 1);
    void slow.ask('trickle', 2);
    await slow.endNext();
    expect(slow.statements.at(-1)).toEqual(['flood5', 'trickle1', 'flood6', 'trickle2']);
  });

  it('goes on with whoever comes next when a statement has no place for everybody', async () => {
    const slow = openSlow({ maxBatch: 2 });
    for (const asker of ['a', 'b', 'c']) void slow.askMany(asker, 2);
    await turn();
    await slow.endNext();
    await slow.endNext();
    expect(slow.statements).toEqual([
      ['a1', 'b1'],
      ['c1', 'a2'],
      ['b2', 'c2'],
    ]);
  });

  it('keeps the order of one asker and answers everybody once', async () => {
    const slow = openSlow({ maxBatch: 3 });
    const answers = Promise.all(slow.askMany('a', 10));
    await turn();
    for (let statement = 0; statement < 4; statement += 1) await slow.endNext();
    expect(slow.statements.flat()).toEqual(Array.from({ length: 10 }, (_, index) => `a${index + 1}`));
    expect(await answers).toEqual(Array.from({ length: 10 }, (_, index) => `answer to a${index + 1}`));
  });

  it('fails those of a statement that fails, and goes on', async () => {
    const slow = openSlow({ maxBatch: 1 });
    const [first, second] = slow.askMany('a', 2);
    const failed = expect(first).rejects.toThrow('gone');
    await turn();
    await slow.endNext(new Error('gone'));
    await failed;
    await slow.endNext();
    expect(await second).toBe('answer to a2');
  });
});

describe('places to wait', () => {
  const given = (answers: readonly unknown[]) => answers.filter((answer) => answer !== null).length;

  it('gives as many to one asker as are free, so that there is always one for the next', () => {
    const slow = openSlow({ maxWaiting: 12 });
    expect(given(slow.askMany('a', 20))).toBe(6);
    expect(given(slow.askMany('b', 20))).toBe(3);
    expect(given(slow.askMany('c', 20))).toBe(2);
    expect(given(slow.askMany('d', 20))).toBe(1);
    expect(given(slow.askMany('a', 20))).toBe(0);
  });

  it('has places again when a statement begins', async () => {
    const slow = openSlow({ maxBatch: 2, maxWaiting: 4 });
    expect(given(slow.askMany('a', 4))).toBe(2);
    await turn();
    expect(given(slow.askMany('a', 4))).toBe(2);
    await turn();
    expect(given(slow.askMany('a', 4))).toBe(0);
  });
});
