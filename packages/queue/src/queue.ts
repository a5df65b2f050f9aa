import type { Lane } from '@pombo/domain/lane.ts';
import type { Announcement } from './announcement.ts';

/** What travels: ids only. The row they name carries the truth. Several notes may share a job. */
export interface Note {
  messageId: string;
  /** How often the message has been released. A note of an earlier release is out of date. */
  release: number;
}

/**
 * What `deliver` answers. `done`: the note is gone. `again`: it sleeps for at least `afterMs` and is delivered anew; any
 * number of times, at no attempt.
 */
export type Verdict = { kind: 'done' } | { kind: 'again'; afterMs: number };

/**
 * Where the queue lives. A PostgreSQL place must have been migrated (`migrate-queue.ts`). Where there are `sentinels`
 * (`host:port`), the host in a Redis `url` is the name of the master they watch.
 */
export type QueuePlace = RedisPlace | { backend: 'postgres'; url: string };

export interface RedisPlace {
  backend: 'redis';
  url: string;
  sentinels: readonly string[];
}

/** The part of a pino logger the queue needs. */
export interface QueueLogger {
  info(details: Record<string, unknown>, message: string): void;
  warn(details: Record<string, unknown>, message: string): void;
}

/** In jobs, each of which carries up to 16 notes. */
export interface LaneDepth {
  /** Ready to be delivered. */
  waiting: number;
  /** Asleep until their time. */
  delayed: number;
  /** With a worker. */
  active: number;
}

export interface Consumer {
  /** Deliveries running in this process. */
  busy(): number;
  /**
   * When the backend last answered the question for work, as epoch milliseconds; 0 before the first time. An idle
   * consumer asks every few seconds, so an old value means that it is stuck.
   */
  lastFetchAt(): number;
  /**
   * Takes no new work and waits for running deliveries, at most `withinMs` (30 s unless told). Never rejects, and
   * ends in time when the backend is dead too: what was not recorded then is delivered again later.
   */
  close(options?: { withinMs?: number }): Promise<void>;
}

/** Hints between processes. Any of them may be lost; a lost one may cost time, never correctness. Sending never rejects. */
export interface Signals {
  /** Tells one API process what became of these messages. */
  announce(processId: string, announcements: readonly Announcement[]): Promise<void>;
  onAnnounced(processId: string, listener: (announcements: readonly Announcement[]) => void): Promise<StopListening>;
  /** Tells every worker that these lines have backlog. */
  ring(lineIds: readonly string[]): Promise<void>;
  onRing(listener: (lineIds: readonly string[]) => void): Promise<StopListening>;
  /** Tells every process that the `changes` counter moved. */
  hurry(): Promise<void>;
  onHurry(listener: () => void): Promise<StopListening>;
}

export type StopListening = () => Promise<void>;

export interface MessageQueue {
  readonly backend: QueuePlace['backend'];
  readonly signals: Signals;
  /**
   * Puts notes at the end of a lane, in order; one with `afterMs` sleeps first. Notes of the same moment share jobs. Rejects
   * within about a second when the backend does not answer; some of the notes may have been put then. Putting them again is
   * harmless: the same ones together are not added twice, and one that is delivered twice finds what its row says.
   */
  enqueue(lane: Lane, notes: readonly (Note & { afterMs?: number })[]): Promise<void>;
  /** Delivers the lane's notes, at most `slots` at a time. Only on a queue opened as `worker`. */
  consume(lane: Lane, deliver: (note: Note) => Promise<Verdict>, options: { slots: number }): Consumer;
  /** Ends the sleep of a note that was told to come again; nothing happens when it does not sleep. Rejects when the backend does not answer. */
  wake(lane: Lane, note: Note): Promise<void>;
  depth(): Promise<Record<Lane, LaneDepth>>;
  /** Rejects within a second when the backend does not answer. */
  ping(): Promise<void>;
  /** Closes what is still open, consumers included, in bounded time. Never rejects. */
  close(): Promise<void>;
}
