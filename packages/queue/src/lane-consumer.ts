import type { Job } from 'bullmq';
import { noteIdOf, notesIn, type PackData } from './pack.ts';
import type { Consumer, Note, Verdict } from './queue.ts';
import type { Report } from './quiet-errors.ts';
import { openSlots } from './slots.ts';
import { pause, within } from './time-box.ts';
import { isRefusal } from './trouble.ts';

export type PackJob = Job<PackData, void, string>;

/**
 * What of a BullMQ worker this file needs. It has no processor: jobs are fetched by hand (https://docs.bullmq.io,
 * "Manually fetching jobs"). BullMQ 6.7's own loop fetches until there is nothing left before it starts what it has
 * fetched, so under a steady load every job waits for others to come: 30 to 120 ms with 64 to 256 callers.
 */
export interface LaneWorker {
  /** Of this worker alone, among all processes. */
  readonly id: string;
  waitUntilReady(): Promise<void>;
  startStalledCheckTimer(): Promise<void>;
  getNextJob(token: string): Promise<PackJob | undefined>;
  extendJobLocks(jobIds: string[], tokens: string[], durationMs: number): Promise<string[]>;
  close(force?: boolean): Promise<void>;
}

export interface ConsumeLaneOptions {
  hire: () => LaneWorker;
  /** Ends its wait for work, so that it can be closed. */
  interrupt: (worker: LaneWorker) => Promise<void>;
  deliver: (note: Note) => Promise<Verdict>;
  /** Gives this note a job of its own, which sleeps first. */
  putAside: (note: Note, afterMs: number) => Promise<void>;
  slots: number;
  /** A job whose lock is not renewed for this long is given to another worker. */
  lockMs: number;
  report: Report;
}

/**
 * How long a note sleeps after its `deliver` threw, by how often it did so in this process. A throw means that we
 * broke (the database is away, a bug), so the note stays in the queue, and the plan keeps it from spinning.
 */
const throwPlanMs = [1_000, 2_000, 5_000, 10_000, 30_000];
const rememberedThrows = 10_000;

/** The pause after the backend could not be asked, or told. */
const troubleMs = 1_000;

/** After the last delivery: how long BullMQ may take to record and to leave, before we leave without it. */
const farewellMs = 2_000;

/**
 * Keeps one BullMQ worker in work until closed. A worker that could not start is replaced: on PostgreSQL it remembers
 * its first failed connection for ever.
 */
export function consumeLane(options: ConsumeLaneOptions): Consumer {
  const { hire, interrupt, deliver, putAside, lockMs, report } = options;
  const slots = openSlots(options.slots);
  const throws = new Map<string, number>();
  /** The jobs whose notes are with us, and the tokens of their locks. */
  const tokens = new Map<string, string>();
  const atWork = new Set<Promise<void>>();
  let jobsTaken = 0;
  let running = 0;
  let turned = Promise.withResolvers<void>();
  let fetchedAt = 0;
  let leaving: Promise<void> | undefined;
  const closing = () => leaving !== undefined;
  let worker = hire();
  const employment = keepInWork();
  const renewal = setInterval(() => void renewLocks(), lockMs / 4);

  async function keepInWork(): Promise<void> {
    while (!closing()) {
      try {
        await worker.waitUntilReady();
        if (!closing()) await worker.startStalledCheckTimer();
        while (!closing()) await takeNext();
      } catch (error) {
        report('worker', error);
      }
      if (closing()) return;
      await worker.close(true).catch((error: unknown) => report('worker', error));
      await pause(troubleMs);
      if (!closing()) worker = hire();
    }
  }

  /** Takes the next job when there is a slot for its first note; comes back when it has begun, or when there was none. */
  async function takeNext(): Promise<void> {
    await slots.take();
    jobsTaken += 1;
    const token = `${worker.id}:${jobsTaken}`;
    const job = closing() ? undefined : await fetchJob(token);
    if (!job) {
      slots.giveBack();
      return;
    }
    const work = workOn(job, token)
      .catch((error: unknown) => report('worker', error))
      .finally(() => atWork.delete(work));
    atWork.add(work);
  }

  async function fetchJob(token: string): Promise<PackJob | undefined> {
    try {
      const job = await worker.getNextJob(token);
      fetchedAt = Date.now();
      return job;
    } catch (error) {
      report('fetch', error);
      await pause(troubleMs);
      return undefined;
    }
  }

  async function workOn(job: PackJob, token: string): Promise<void> {
    const id = job.id ?? '';
    tokens.set(id, token);
    try {
      const notes = notesIn(job.data);
      const [alone, ...others] = notes;
      if (alone && others.length === 0) await workAlone(job, token, alone);
      else await workTogether(job, token, notes);
    } finally {
      tokens.delete(id);
    }
  }

  /** The job of one note sleeps as that note. */
  async function workAlone(job: PackJob, token: string, note: Note): Promise<void> {
    const verdict = await inTakenSlot(note);
    if (verdict.kind === 'done') await end(job, token);
    // Whole milliseconds: PostgreSQL refuses a fraction of one, and would refuse it for ever.
    else await forSure('moveToDelayed', () => job.moveToDelayed(Math.ceil(Date.now() + verdict.afterMs), token));
  }

  /** Whoever of several has to sleep does so in a job of its own, at once: the others may take long. */
  async function workTogether(job: PackJob, token: string, notes: readonly Note[]): Promise<void> {
    const deliverOne = async (note: Note, place: number) => {
      if (place > 0) await slots.take();
      const verdict = place > 0 && closing() ? handBack() : await inTakenSlot(note);
      if (verdict.kind === 'again') await forSure('putAside', () => putAside(note, verdict.afterMs));
    };
    await Promise.all(notes.map(deliverOne));
    await end(job, token);
  }

  /** Nothing new begins any more: another worker may have it at once. */
  function handBack(): Verdict {
    slots.giveBack();
    return { kind: 'again', afterMs: 0 };
  }

  async function inTakenSlot(note: Note): Promise<Verdict> {
    count(+1);
    try {
      return await ask(note);
    } finally {
      count(-1);
      slots.giveBack();
    }
  }

  function count(change: 1 | -1): void {
    const wasIdle = running === 0;
    running += change;
    if (wasIdle === (running === 0)) return;
    turned.resolve();
    turned = Promise.withResolvers();
  }

  async function ask(note: Note): Promise<Verdict> {
    const id = noteIdOf(note);
    try {
      const verdict = await deliver(note);
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

  function end(job: PackJob, token: string): Promise<void> {
    return forSure('moveToCompleted', () => job.moveToCompleted(undefined, token, false));
  }

  async function forSure(what: string, tell: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await tell();
        return;
      } catch (error) {
        report(what, error);
        // Lost (FLUSHALL) or in other hands (its lock expired): there is nothing left of it to move here.
        if (isRefusal(error)) return;
        // The backend is away, and so are we in a moment: the job's lock runs out, and it is delivered again.
        if (closing()) return;
        await pause(troubleMs);
      }
    }
  }

  async function renewLocks(): Promise<void> {
    if (tokens.size === 0) return;
    try {
      await worker.extendJobLocks([...tokens.keys()], [...tokens.values()], lockMs);
    } catch (error) {
      report('locks', error);
    }
  }

  async function leave(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    let left = false;
    const farewell = sayFarewell()
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
        break;
      }
    }
    clearInterval(renewal);
  }

  async function sayFarewell(): Promise<void> {
    await interrupt(worker);
    await employment;
    await Promise.all(atWork);
    await worker.close();
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
