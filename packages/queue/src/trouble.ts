/**
 * BullMQ's own "no" (the job is gone, its lock is lost, it is not in that state): a negative number as `code`
 * (bullmq `ErrorCode`), where drivers use text. It is an answer, so the backend is well.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < 0;
}
