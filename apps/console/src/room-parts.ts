import type { Database } from '@pombo/db/database.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import type { Guard } from './sign-in/guard.ts';

/** What every room of the console works with. */
export interface RoomParts {
  database: Database;
  prisma: Prisma;
  /** Stands before every page and every form. */
  guard: Guard;
  /** A line's backlog may be as long as its pace needs this long for. */
  backlogHorizonMs: number;
  now: () => Date;
  /** What could not be answered, for the log. */
  onError: (error: unknown) => void;
}
