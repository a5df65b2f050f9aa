import type { Database } from '@pombo/db/database.ts';

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
