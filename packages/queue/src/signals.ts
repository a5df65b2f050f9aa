import { formatAnnouncement, parseAnnouncement } from './announcement.ts';
import type { Signals } from './queue.ts';
import type { Report } from './quiet-errors.ts';

/** Carries short texts between processes, at most once. Its backends: `signals-redis.ts`, `signals-postgres.ts`. */
export interface Wire {
  readonly maxPayloadBytes: number;
  /** Rejects when the backend does not answer. */
  send(messages: readonly { channel: string; payload: string }[]): Promise<void>;
  /** Resolves when listening, or after 2 s when the backend does not answer: it then listens as soon as it can. */
  listen(channel: string, hear: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A line that was rung just now is being looked at already, so rings may be this much apart. */
const ringsApartMs = 20;

/** Our words for hints between processes, over a wire. Every batch is one round trip. */
export function signalsOver(wire: Wire, report: Report, now: () => number = () => performance.now()): Signals {
  const post = gather(0);
  const ring = gather(ringsApartMs);

  /** What comes up in one turn of the event loop travels together, and batches keep their distance. */
  function gather(apartMs: number): (channel: string, ids: readonly string[]) => Promise<void> {
    const gathered = new Map<string, Set<string>>();
    let nextFlush: Promise<void> | undefined;
    let flushedAt = Number.NEGATIVE_INFINITY;

    async function flush(): Promise<void> {
      const messages = [...gathered].flatMap(([channel, ids]) =>
        payloadsOf([...ids], wire.maxPayloadBytes).map((payload) => ({ channel, payload })),
      );
      gathered.clear();
      nextFlush = undefined;
      flushedAt = now();
      try {
        await wire.send(messages);
      } catch (error) {
        report('signal', error);
      }
    }

    return (channel, ids) => {
      const waiting = gathered.get(channel) ?? new Set();
      gathered.set(channel, waiting);
      for (const id of ids) waiting.add(id);
      nextFlush ??= new Promise((resolve) => {
        const restMs = flushedAt + apartMs - now();
        // A timer takes a millisecond at least, which nobody should wait for who comes alone.
        if (restMs > 0) setTimeout(() => resolve(flush()), restMs);
        else setImmediate(() => resolve(flush()));
      });
      return nextFlush;
    };
  }

  const hearIds = (listener: (ids: readonly string[]) => void) => (payload: string) => listener(payload.split(','));

  return {
    announce: async (processId, announcements) => {
      if (announcements.length > 0) await post(channelOf(processId), announcements.map(formatAnnouncement));
    },
    onAnnounced: async (processId, listener) =>
      wire.listen(
        channelOf(processId),
        hearIds((words) => listener(words.map(parseAnnouncement))),
      ),
    ring: async (lineIds) => {
      if (lineIds.length > 0) await ring('ring', lineIds);
    },
    onRing: (listener) => wire.listen('ring', hearIds(listener)),
    hurry: () => post('hurry', ['']),
    onHurry: (listener) => wire.listen('hurry', () => listener()),
  };
}

/** A process's own channel. PostgreSQL cuts channel names at 63 bytes, which would merge two processes. */
function channelOf(processId: string): string {
  if (!/^[\w-]{1,48}$/.test(processId)) throw new TypeError('processId must be 1 to 48 of A-Z a-z 0-9 _ -');
  return `a_${processId}`;
}

/** The ids, comma-separated, in as few texts of at most `maxBytes` as order allows. */
export function payloadsOf(ids: readonly string[], maxBytes: number): string[] {
  const payloads: string[] = [];
  let start = 0;
  let bytes = -1;
  ids.forEach((id, index) => {
    const size = Buffer.byteLength(id) + 1;
    if (index > start && bytes + size > maxBytes) {
      payloads.push(ids.slice(start, index).join(','));
      start = index;
      bytes = -1;
    }
    bytes += size;
  });
  if (ids.length > 0) payloads.push(ids.slice(start).join(','));
  return payloads;
}
