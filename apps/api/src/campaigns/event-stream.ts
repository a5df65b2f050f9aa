import { PassThrough, type Readable } from 'node:stream';
import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import { progressView } from './campaign-view.ts';

/** What one reader gets of one campaign. */
export interface EventStream {
  readonly body: Readable;
  /** Tells what has changed since the last, and ends with the campaign. */
  tell(sample: CampaignSample | null, now: Date): void;
  /** A sign of life. A reader who has taken nothing for long is let go. */
  beat(): void;
  end(): void;
  /** Nothing more is told. */
  isOver(): boolean;
}

/** More than this a reader who keeps up never has before it. */
const maxBufferedBytes = 64 * 1024;

export function createEventStream(): EventStream {
  const body = new PassThrough();
  let told = '';
  const isBehind = () => body.readableLength + body.writableLength > maxBufferedBytes;
  const isOver = () => body.writableEnded || body.destroyed;
  const write = (event: string, now: Date, data: unknown) =>
    body.write(`event: ${event}\nid: ${now.getTime()}\ndata: ${JSON.stringify(data)}\n\n`);

  return {
    body,
    tell(sample, now) {
      // Whoever is behind gets the state there is when they have caught up.
      if (isOver() || isBehind()) return;
      if (sample) {
        const { eta, ...view } = progressView(sample, now);
        // The estimated end moves with the clock, which is no news.
        const news = JSON.stringify(view);
        if (news !== told) write('progress', now, { ...view, eta });
        told = news;
      }
      if (sample && !sample.standing.hasEnded) return;
      write('end', now, { state: sample?.standing.state ?? 'deleted' });
      body.end();
    },
    beat() {
      if (isOver()) return;
      if (isBehind()) body.destroy();
      else body.write(': still here\n\n');
    },
    end() {
      if (!isOver()) body.end();
    },
    isOver,
  };
}
