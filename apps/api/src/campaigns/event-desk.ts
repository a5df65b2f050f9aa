import type { Readable } from 'node:stream';
import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import type { Door } from '../auth/door.ts';
import type { Problem } from '../problem.ts';
import { type Shown, whyNotWelcome } from '../still-welcome.ts';
import { createEventStream, type EventStream } from './event-stream.ts';
import { createPlaces } from './places.ts';
import { createProgressSampler, type SamplerOptions } from './progress-sampler.ts';

/** Who watches which campaign, with what right. */
export interface Watching {
  customerId: string;
  campaignId: string;
  shown: Shown;
  /** The campaign as it is now: nobody waits for the first news. */
  first: CampaignSample;
}

/** Everybody who watches a campaign by this process. */
export interface EventDesk {
  /** Refused when as many watch as may. */
  open(watching: Watching): { kind: 'open'; body: Readable } | { kind: 'refused'; problem: Problem };
}

export interface EventDeskOptions {
  door: Door;
  samples: Pick<SamplerOptions, 'read' | 'everyMs' | 'onTrouble'>;
  maxStreams: number;
  heartbeatMs: number;
  /** Told how many streams are open. */
  onCount: (open: number) => void;
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
  const { door, samples, maxStreams, heartbeatMs, onCount, stopping, lastCall } = options;
  const open = new Set<Open>();
  const places = createPlaces({
    most: maxStreams,
    full: 'as many watch campaigns by this process as may; ask for the campaign itself instead',
    share: 'this account watches as many campaigns by this process as one may; ask for the campaign itself instead',
    retryAfterSeconds: 30,
    onTaken: onCount,
  });
  const sampler = createProgressSampler({ ...samples, beforeTelling: letGoWhoMayNotWatch });
  let isDue = false;

  stopping.addEventListener('abort', () => {
    for (const { stream } of open) stream.end();
  });
  lastCall.addEventListener('abort', () => {
    for (const { stream } of open) stream.body.destroy();
  });

  async function letGoWhoMayNotWatch(): Promise<void> {
    await Promise.all([...bySameRight(open)].map((same) => endUnlessWelcome(door, same)));
  }

  function beat(): void {
    for (const { stream } of open) stream.beat();
    isDue = false;
    beatAgain();
  }

  function beatAgain(): void {
    if (isDue || open.size === 0) return;
    isDue = true;
    setTimeout(beat, heartbeatMs).unref();
  }

  return {
    open(watching) {
      const place = places.take(watching.customerId);
      if (place.kind === 'refused') return place;
      const stream = createEventStream();
      const entry: Open = { watching, stream };
      const stopWatching = sampler.watch(watching.campaignId, (sample) => stream.tell(sample, new Date()));
      open.add(entry);
      stream.body.once('close', () => {
        stopWatching();
        open.delete(entry);
        place.leave();
      });
      beatAgain();
      stream.tell(watching.first, new Date());
      if (stopping.aborted) stream.end();
      return { kind: 'open', body: stream.body };
    },
  };
}

/** Those that have ended already are not asked about: a refused try counts against the address it comes from. */
function bySameRight(open: Iterable<Open>): Iterable<Open[]> {
  const going = [...open].filter(({ stream }) => !stream.isOver());
  return Map.groupBy(going, ({ watching }) => JSON.stringify(watching.shown)).values();
}

/** Asked once for all who show the same. */
async function endUnlessWelcome(door: Door, same: readonly Open[]): Promise<void> {
  const [one] = same;
  if (!one || (await whyNotWelcome(door, one.watching.shown)) === null) return;
  for (const { stream } of same) stream.end();
}
