import type { Database } from './database.ts';

/** Whether PostgreSQL can tell the time there. */
export async function knowsTimeZone(database: Database, name: string): Promise<boolean> {
  const fate = await database.attempt('SELECT now() AT TIME ZONE $1::text', [name]);
  if (fate.kind === 'done') return true;
  if (fate.kind === 'undone' && fate.reason === 'refused') return false;
  throw fate.error;
}
