import type { Actor } from '@pombo/db/audit.ts';

/** Whoever acts in a test, where it does not matter who. */
export const testActor: Actor = { who: 'test', origin: 'test' };
