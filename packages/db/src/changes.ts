import type { Database } from './database.ts';

/** How often something was changed that processes may have cached. Only equality means anything. */
export async function readChanges(database: Database): Promise<string> {
  const [row] = await database.query<{ counter: string }>('SELECT counter FROM changes');
  if (!row) throw new Error('the table changes has lost its only row');
  return row.counter;
}

/** Makes every process forget what it has cached. The documented tables do this by trigger; other tables ask for it. */
export async function raiseChanges(database: Database): Promise<void> {
  await database.query('UPDATE changes SET counter = counter + 1');
}
