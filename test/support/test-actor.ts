import type { Actor } from '@pombo/db/audit.ts';

/** Who does what a test does. */
export const testActor: Actor = { who: 'test', origin: 'test' };
