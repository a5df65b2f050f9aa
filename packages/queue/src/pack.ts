import { hash } from 'node:crypto';
import type { Note } from './queue.ts';

/** What a job carries: the notes that share it, as `<cdls_id>-<release>`, 1 to 16 of them. */
export interface PackData {
  notes: string[];
}

/** Notes that travel as one job. */
export interface Pack {
  notes: Note[];
  /** How long the job sleeps first. */
  afterMs: number;
}

/**
 * A job costs the same whether it carries one note or several: most of that is BullMQ's and the queue server's, and without
 * packs it was a quarter of all that a message cost. Smaller than what a statement of claims takes, and small enough that
 * what two workers share is shared evenly.
 */
const mostNotes = 16;

/** Notes whose times are this close go together, at the first one's time: the gate grants turns that far ahead anyway. */
const closeMs = 20;

/** In the order of their first notes. Notes that sleep first share a job with those whose time is close to theirs. */
export function packsOf(notes: readonly (Note & { afterMs?: number })[]): Pack[] {
  const packs: Pack[] = [];
  const open = new Map<number, Pack>();
  for (const { messageId, release, afterMs = 0 } of notes) {
    // Whoever goes at once never waits for one who does not.
    const time = Math.ceil(afterMs / closeMs);
    let pack = open.get(time);
    if (!pack || pack.notes.length >= mostNotes) {
      pack = { notes: [], afterMs };
      packs.push(pack);
      open.set(time, pack);
    }
    pack.notes.push({ messageId, release });
    pack.afterMs = Math.min(pack.afterMs, afterMs);
  }
  return packs;
}

/**
 * The same notes again are the same job, so adding them twice is adding them once. A note alone can be found by its own id,
 * which is how its sleep is ended.
 */
export function packIdOf(notes: readonly Note[]): string {
  const [first, ...others] = notes.map(noteIdOf);
  if (!first) throw new Error('a job without a note');
  if (others.length === 0) return `m-${first}`;
  // BullMQ passes over a job whose id it has, so no two sets of notes may share one.
  return `m-${first}-${notes.length}-${hash('sha1', others.join(), 'hex').slice(0, 12)}`;
}

export function noteIdOf({ messageId, release }: Note): string {
  return `${messageId}-${release}`;
}

export function packDataOf(notes: readonly Note[]): PackData {
  return { notes: notes.map(noteIdOf) };
}

export function notesIn({ notes }: PackData): Note[] {
  return notes.map((id) => {
    const [messageId = '', release] = id.split('-');
    return { messageId, release: Number(release) };
  });
}
