import { hostname, userInfo } from 'node:os';
import type { Actor } from '@pombo/db/audit.ts';

/** Whoever uses this command line, for the audit: nobody signs in here, so it is the system's word. */
export function commandActor(): Actor {
  return { who: `command line (${systemUser()})`, origin: hostname() };
}

/** In a container the user may have a number and no name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
