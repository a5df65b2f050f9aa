import { reasonOf } from './quiet-errors.ts';

/**
 * BullMQ's own "no" (the job is gone, its lock is lost, it is not in that state): a negative number as `code`
 * (bullmq `ErrorCode`), where drivers use text. It is an answer, so the backend is well.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < 0;
}

/**
 * The same error in the one form BullMQ recognises as "the backend cannot be reached" (`isNotConnectionError` knows
 * ECONNREFUSED only). A restarting PostgreSQL says 57P01 or "Connection terminated" instead, and BullMQ then asks for
 * work again without a pause, and takes a completion it could not record for a failure of the job.
 */
export function asUnreachable(error: unknown): Error {
  return Object.assign(new Error(`queue backend: ${reasonOf(error)}`, { cause: error }), { code: 'ECONNREFUSED' });
}
