import { PrismaPg } from '@prisma/adapter-pg';
import type { Database } from './database.ts';
import { PrismaClient, type Prisma as Words } from './generated/client.ts';

/** Prisma over the pool that is already there, for questions that are not hot. Closing it leaves the pool open. */
export function openPrisma(database: Database): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(database.pool), errorFormat: 'minimal' });
}

export type Prisma = PrismaClient;

/** The same inside `$transaction`: everything or nothing. */
export type Transaction = Words.TransactionClient;

/** Prisma's words for what PostgreSQL refused, so that callers can say it in theirs. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === 'P2002';
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
