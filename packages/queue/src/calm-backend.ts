import type { IQueueBackend } from 'bullmq';
import type { Report } from './quiet-errors.ts';
import { pause } from './time-box.ts';
import { asUnreachable, isRefusal } from './trouble.ts';

const recorded = ['moveToActive', 'moveToCompleted', 'moveToFailed'] as const;

/**
 * Makes a worker's backend patient. Without it a BullMQ 6.7 worker asks a restarting backend for work in a tight loop,
 * runs a job again when its completion could not be recorded, and on PostgreSQL may block for an hour after a failed
 * LISTEN (its wait is "until the next sleeper", with 3600 s for "none known").
 *
 * - asking for work and recording an end: any trouble becomes "unreachable", which BullMQ retries after `runRetryDelay`;
 * - waiting for work: never longer than `longestWaitS`, and trouble counts as a wait that ended with nothing.
 */
export function calm(
  backend: IQueueBackend,
  options: { longestWaitS: number; report: Report; fetched: () => void },
): void {
  const { longestWaitS, report, fetched } = options;

  for (const name of recorded) {
    const plain = backend[name];
    const patient = async (...args: unknown[]): Promise<unknown> => {
      try {
        const answer: unknown = await Reflect.apply(plain, backend, args);
        fetched();
        return answer;
      } catch (error) {
        if (isRefusal(error)) throw error;
        report(name, error);
        throw asUnreachable(error);
      }
    };
    Object.defineProperty(backend, name, { value: patient, configurable: true });
  }

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
