import type { RefusalName } from '@pombo/domain/refusal.ts';
import type { FastifyError } from 'fastify';
import { NotFreshError } from './fresh-cache.ts';

/**
 * What an exception on the way to an answer means for the caller. Everything that is not the caller's doing happened
 * before a row was written (afterwards the route answers `WR` by itself), so it is 503: come again.
 */
export function refusalOfFault(fault: Partial<FastifyError>): RefusalName {
  const status = fault.statusCode ?? 500;
  if (status === 413) return 'bodyTooLarge';
  return status >= 400 && status < 500 ? 'badRequest' : 'unavailable';
}

/** Refuses a request before anything of it is read, in the way of `@fastify/under-pressure`. */
export function overload(because: string): Error & Partial<FastifyError> {
  return Object.assign(new Error(because), { statusCode: 503, code: 'FST_UNDER_PRESSURE' });
}

/** True when it says nothing about our code: the database is away, or the process has too much to do. */
export function isOrdinaryTrouble(fault: Partial<FastifyError>): boolean {
  const status = fault.statusCode ?? 500;
  return fault instanceof NotFreshError || fault.code === 'FST_UNDER_PRESSURE' || (status >= 400 && status < 500);
}
