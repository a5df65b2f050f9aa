import { DelayedError, type Job, type Processor } from 'bullmq';
import type { Consumer, Note, Verdict } from './queue.ts';
import type { Report } from './quiet-errors.ts';
import { pause, within } from './time-box.ts';
import { isRefusal } from './trouble.ts';

/** What of a BullMQ worker this file needs. It must have been made with `autorun: false`. */
export interface LaneWorker {
  waitUntilReady(): Promise<void>;
  run(): Promise<void>;
  close(force?: boolean): Promise<void>;
}

export type NoteProcessor = Processor<Note, void, string>;

/**
 * How long a note sleeps after its `deliver` threw, by how often it did so in this process. A throw means that we
 * broke (the database is away, a bug), so the note stays in the queue, and the plan keeps it from spinning.
 */
const throwPlanMs = [1_000, 2_000, 5_000, 10_000, 30_000];
const rememberedThrows = 10_000;

/** After the last delivery: how long BullMQ may take to record and to leave, before we leave without it. */
const farewellMs = 2_000;

/**
 * Keeps one BullMQ worker in work until closed. A worker that could not start is replaced: on PostgreSQL it remembers
 * its first failed connection for ever.
 */
export function consumeLane(options: {
  hire: (work: NoteProcessor, fetched: () => void) => LaneWorker;
  beforeClose: (worker: LaneWorker) => void;
  deliver: (note: Note) => Promise<Verdict>;
  report: Report;
}): Consumer {
  const { hire, beforeClose, deliver, report } = options;
  const throws = new Map<string, number>();
  let running = 0;
  let turned = Promise.withResolvers<void>();
  let fetchedAt = 0;
  let leaving: Promise<void> | undefined;
  const closing = () => leaving !== undefined;
  let worker = employ();

  function employ(): LaneWorker {
    const hired = hire(work, () => {
      fetchedAt = Date.now();
    });
    void keepInWork(hired);
    return hired;
  }

  async function keepInWork(hired: LaneWorker): Promise<void> {
    try {
      await hired.waitUntilReady();
      if (!closing()) await hired.run();
    } catch (error) {
      report('worker', error);
    }
    if (closing()) return;
    await hired.close(true).catch((error: unknown) => report('worker', error));
    await pause(1_000);
    if (!closing()) worker = employ();
  }

  async function work(job: Job<Note>, token?: string): Promise<void> {
    count(+1);
    try {
      const verdict = await ask(job);
      if (verdict.kind === 'done') return;
      // Whole milliseconds: PostgreSQL refuses a fraction of one, and would refuse it for ever.
      await putToSleep(job, token, Math.ceil(Date.now() + verdict.afterMs));
    } finally {
      count(-1);
    }
    // BullMQ's way of saying: this job has been moved elsewhere, it did not end.
    throw new DelayedError();
  }

  function count(change: 1 | -1): void {
    const wasIdle = running === 0;
    running += change;
    if (wasIdle === (running === 0)) return;
    turned.resolve();
    turned = Promise.withResolvers();
  }

  async function ask(job: Job<Note>): Promise<Verdict> {
    const { messageId, release } = job.data;
    const id = `${messageId}-${release}`;
    try {
      const verdict = await deliver({ messageId, release });
      throws.delete(id);
      return verdict;
    } catch (error) {
      report('deliver', error);
      const before = throws.get(id) ?? 0;
      if (throws.size >= rememberedThrows) throws.clear();
      throws.set(id, before + 1);
      return { kind: 'again', afterMs: throwPlanMs[Math.min(before, throwPlanMs.length - 1)] ?? 0 };
    }
  }

  async function putToSleep(job: Job<Note>, token: string | undefined, until: number): Promise<void> {
    for (;;) {
      try {
        return await job.moveToDelayed(until, token);
      } catch (error) {
        report('moveToDelayed', error);
        // Lost (FLUSHALL) or in other hands (its lock expired): there is nothing left of it to move here.
        if (isRefusal(error)) return;
        // The backend is away, and so are we in a moment: the job's lock runs out, and it is delivered again.
        if (closing()) return;
        await pause(1_000);
      }
    }
  }

  async function leave(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    const hired = worker;
    let left = false;
    beforeClose(hired);
    const farewell = hired
      .close()
      .catch((error: unknown) => report('close', error))
      .then(() => {
        left = true;
      });
    // A delivery may still begin after the call: the fetch that was under way is finished, not thrown away.
    while (!left) {
      const patienceMs = running > 0 ? deadline - Date.now() : farewellMs;
      try {
        await within(patienceMs, 'closing the consumer', Promise.race([farewell, turned.promise]));
      } catch (error) {
        report('close', error);
        return;
      }
    }
  }

  return {
    busy: () => running,
    lastFetchAt: () => fetchedAt,
    close({ withinMs = 30_000 } = {}) {
      leaving ??= leave(withinMs);
      return leaving;
    },
  };
}
