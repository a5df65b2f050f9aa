import { type Database, rowsOf, type StatementFate } from '@pombo/db/database.ts';
import type { QueryResultRow } from 'pg';

/**
 * The same database, but nobody hears what became of the first statement: it is carried out, `meanwhile` happens, and
 * the connection breaks.
 */
export function losingFirstAnswer(real: Database, meanwhile: () => Promise<unknown>): Database {
  let lost = false;
  return {
    ...real,
    async attempt(text, values) {
      const fate = await real.attempt<never>(text, values);
      if (lost) return fate;
      lost = true;
      await meanwhile();
      return { kind: 'fate_unknown', error: new Error('the connection broke') };
    },
  };
}

/** The same database, but nobody hears what became of these statements; `before` says whether they are carried out. */
export function losingAnswers(
  real: Database,
  isLost: (text: string) => boolean,
  before: 'carried out' | 'not carried out' = 'carried out',
): Database {
  async function attempt<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<StatementFate<Row>> {
    if (!isLost(text)) return real.attempt<Row>(text, values);
    if (before === 'carried out') await real.attempt(text, values);
    return { kind: 'fate_unknown', error: new Error('the connection broke') };
  }
  return { ...real, attempt, query: async (text, values = []) => rowsOf(await attempt(text, values)) };
}
