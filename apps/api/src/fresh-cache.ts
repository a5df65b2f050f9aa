import { LRUCache } from 'lru-cache';
import type { ChangesWatch } from './changes-watch.ts';

/** Answers of the database, kept only as long as nothing has changed there. */
export interface FreshCache<Value extends object> {
  /** What is known and still counts; without a question to anybody. */
  peek(key: string): Value | undefined;
  /**
   * The same, else what `load` says; askers of the same key share one question. `null` is passed on and never kept.
   * Rejects when the database cannot say whether cached answers still count.
   */
  get(key: string, load: () => Promise<Value | null>): Promise<Value | null>;
  forget(key: string): void;
}

/** The database did not answer a question that had to be asked. The request ends as 503. */
export class NotFreshError extends Error {
  override name = 'NotFreshError';
}

export function createFreshCache<Value extends object>(watch: ChangesWatch, max: number): FreshCache<Value> {
  const kept = new LRUCache<string, Value>({ max });
  const loading = new Map<string, Promise<Value | null>>();
  let epoch = watch.epoch();

  function forgetWhatChanged(): void {
    if (epoch === watch.epoch()) return;
    epoch = watch.epoch();
    kept.clear();
    loading.clear();
  }

  function peek(key: string): Value | undefined {
    if (!watch.isFresh()) return undefined;
    forgetWhatChanged();
    return kept.get(key);
  }

  async function load(key: string, ask: () => Promise<Value | null>): Promise<Value | null> {
    const askedIn = epoch;
    const answer = ask();
    loading.set(key, answer);
    try {
      const value = await answer;
      // An answer from before a change was read is good for whoever asked, and is not kept.
      forgetWhatChanged();
      if (value && askedIn === epoch) kept.set(key, value);
      return value;
    } finally {
      if (loading.get(key) === answer) loading.delete(key);
    }
  }

  return {
    peek,
    async get(key, ask) {
      const known = peek(key);
      if (known) return known;
      if (!(await watch.ensureFresh())) throw new NotFreshError('the changes counter could not be read');
      return peek(key) ?? loading.get(key) ?? load(key, ask);
    },
    forget: (key) => void kept.delete(key),
  };
}
