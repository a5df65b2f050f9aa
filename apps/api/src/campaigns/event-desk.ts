import type { Readable } from 'node:stream';
import type { Credentials } from '../auth/credentials.ts';
import type { Door } from '../auth/door.ts';
import type { CampaignSample } from './campaign-sample.ts';
import { createEventStream, type EventStream } from './event-stream.ts';
import type { ProgressSampler } from './progress-sampler.ts';

/** Who watches which campaign, with what right. */
export interface Watching {
  campaignId: string;
  credentials: Credentials;
  address: string;
  /** The campaign as it is now: nobody waits for the first news. */
  first: CampaignSample;
}

/** Everybody who watches a campaign by this process. */
export interface EventDesk {
  /** Null when as many watch as may. */
  open(watching: Watching): Readable | null;
}

export interface EventDeskOptions {
  door: Door;
  sampler: ProgressSampler;
  maxStreams: number;
  heartbeatMs: number;
  /** Streams end first when the process stops, */
  stopping: AbortSignal;
  /** and whoever does not take even that is cut off with the others. */
  lastCall: AbortSignal;
}

interface Open {
  watching: Watching;
  stream: EventStream;
}

export function openEventDesk(options: EventDeskOptions): EventDesk {
  const { door, sampler, maxStreams, heartbeatMs, stopping, lastCall } = options;
  const open = new Set<Open>();
  let isDue = false;

  stopping.addEventListener('abort', () => {
    for (const { stream } of open) stream.end();
  });
  lastCall.addEventListener('abort', () => {
    for (const { stream } of open) stream.body.destroy();
  });

  async function beat(): Promise<void> {
    for (const { stream } of open) stream.beat();
    await Promise.all([...bySameRight(open)].map((same) => endUnlessAllowed(door, same)));
    isDue = false;
    beatAgain();
  }

  function beatAgain(): void {
    if (isDue || open.size === 0) return;
    isDue = true;
    setTimeout(() => void beat(), heartbeatMs).unref();
  }

  return {
    open(watching) {
      if (open.size >= maxStreams || stopping.aborted) return null;
      const stream = createEventStream();
      const entry: Open = { watching, stream };
      const stopWatching = sampler.watch(watching.campaignId, (sample) => stream.tell(sample, new Date()));
      open.add(entry);
      stream.body.once('close', () => {
        stopWatching();
        open.delete(entry);
      });
      beatAgain();
      stream.tell(watching.first, new Date());
      return stream.body;
    },
  };
}

function bySameRight(open: Iterable<Open>): Iterable<Open[]> {
  return Map.groupBy(open, ({ watching }) => JSON.stringify([watching.credentials, watching.address])).values();
}

/** Asked once for all who show the same: a refused try counts against the address it comes from. */
async function endUnlessAllowed(door: Door, same: readonly Open[]): Promise<void> {
  const [one] = same;
  if (!one) return;
  const { credentials, address } = one.watching;
  const entry = await door.authenticate(credentials, address, false).catch(() => null);
  // Where nobody can say, there is no news either.
  if (entry?.kind !== 'refused' || entry.refusal === 'unavailable') return;
  for (const { stream } of same) stream.end();
}
