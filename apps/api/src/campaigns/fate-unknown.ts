import { FateUnknownError } from '@pombo/db/database.ts';
import type { Problem } from '../problem.ts';

/**
 * What was changed; or null when it was handed over and nobody heard what became of it. That is not what 503 promises:
 * that nothing was done, and nothing will be.
 */
export async function unlessFateUnknown<T extends object | boolean>(change: Promise<T>): Promise<T | null> {
  try {
    return await change;
  } catch (error) {
    if (error instanceof FateUnknownError) return null;
    throw error;
  }
}

/** `where` can be seen whether it was done. */
export function fateUnknown(where: string): Problem {
  const detail = `the database did not say whether it was done: look at ${where} before you ask again`;
  return { status: 500, title: 'Nobody knows', detail };
}
