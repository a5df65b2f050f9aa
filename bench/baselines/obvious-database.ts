import { openDatabase } from '@pombo/db/database.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';

/** Longer than a machine under full load takes to open all connections at once: a baseline must not fail for that. */
const connectTimeoutMs = 30_000;

/** Prisma over a pool of so many connections. */
export function openObviousPrisma({ url, poolSize }: { url: string; poolSize: number }): Prisma {
  return openPrisma(openDatabase({ url, poolSize, name: 'obvious', connectTimeoutMs, onError() {} }));
}
