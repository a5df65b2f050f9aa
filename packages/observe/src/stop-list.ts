import { bounded } from './bounded.ts';
import { reasonOf } from './describe-error.ts';

type Stop = () => Promise<unknown> | unknown;

/** What was started, so that it can be stopped in reverse. */
export interface StopList {
  /** Remembers how to undo the step just taken; `name` stands in the log if that fails. */
  add(name: string, stop: Stop): void;
  /** Aborted when stopping begins: the moment to take no new work and to answer "not ready". */
  readonly stopping: AbortSignal;
}

/**
 * A stop list, and the function that empties it: last in, first out, all within `deadlineMs`. It returns one sentence
 * per step that failed, or was still at it when the time was up; such a step does not keep the others from their turn.
 * What is added while it works is stopped as well.
 */
export function createStopList(): { list: StopList; stopAll: (deadlineMs: number) => Promise<string[]> } {
  const steps: { name: string; stop: Stop }[] = [];
  const stopping = new AbortController();
  const stopAll = async (deadlineMs: number) => {
    const endAt = performance.now() + deadlineMs;
    const faults: string[] = [];
    stopping.abort();
    for (let step = steps.pop(); step; step = steps.pop()) {
      const fault = await faultOfStopping(step.name, step.stop, Math.max(0, endAt - performance.now()));
      if (fault !== null) faults.push(fault);
    }
    return faults;
  };
  return { list: { stopping: stopping.signal, add: (name, stop) => void steps.push({ name, stop }) }, stopAll };
}

async function faultOfStopping(name: string, stop: Stop, limitMs: number): Promise<string | null> {
  try {
    await bounded(Promise.resolve().then(stop), limitMs);
    return null;
  } catch (error) {
    return `${name} did not stop: ${reasonOf(error)}`;
  }
}
