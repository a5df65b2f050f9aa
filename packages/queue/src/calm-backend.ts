import type { IQueueBackend } from 'bullmq';
import type { Report } from './quiet-errors.ts';
import { pause } from './time-box.ts';

/**
 * Makes a worker's wait for work calm: it is never longer than `longestWaitS`, and trouble counts as a wait that ended with
 * nothing. On PostgreSQL a BullMQ 6.7 worker may otherwise block for an hour after a failed LISTEN (its wait is "until the
 * next sleeper", with 3600 s for "none known").
 */
export function calm(backend: IQueueBackend, options: { longestWaitS: number; report: Report }): void {
  const { longestWaitS, report } = options;
  const waitForJob = backend.waitForJob.bind(backend);
  backend.waitForJob = async (blockS) => {
    try {
      return await waitForJob(Math.min(blockS, longestWaitS));
    } catch (error) {
      report('waitForJob', error);
      await pause(500);
      return null;
    }
  };
}
