import type { Credentials } from './auth/credentials.ts';
import type { Door } from './auth/door.ts';
import { problemOfRefusal } from './entry.ts';
import type { Problem } from './problem.ts';

/** What somebody showed at the door, and from where. */
export interface Shown {
  credentials: Credentials;
  address: string;
  needsToSend: boolean;
}

/**
 * Asks once more at the door, for work that lasts: a token that was revoked stops working in the middle of it. Says what
 * stands against it; null when nothing does, or when nobody can say: then there is nothing to be had from the database
 * either.
 */
export async function whyNotWelcome(door: Door, { credentials, address, needsToSend }: Shown): Promise<Problem | null> {
  const entry = await door.authenticate(credentials, address, needsToSend).catch(() => null);
  if (entry?.kind !== 'refused' || entry.refusal === 'unavailable') return null;
  return problemOfRefusal(entry);
}
