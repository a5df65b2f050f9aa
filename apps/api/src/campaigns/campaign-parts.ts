import type { Accept } from '@pombo/db/accept.ts';
import type { Database } from '@pombo/db/database.ts';
import type { LineAtTheDoor } from '@pombo/db/line-lookup.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';
import type { AtOnce } from '../at-once.ts';
import type { Door } from '../auth/door.ts';
import type { ReadPastLimits } from './received-body.ts';

/** What the routes of campaigns need. */
export interface CampaignParts {
  door: Door;
  database: Database;
  /** Statements that read or write thousands of rows share these places, so that they never keep a send waiting. */
  atOnce: AtOnce;
  findLine: (customerId: string, lineId: string) => Promise<LineAtTheDoor | null>;
  accept: Accept;
  queue: MessageQueue;
  metrics: Metrics<'api'>;
  logger: Logger;
  limits: CampaignLimits;
  /** Aborted when the process takes no new work. */
  stopping: AbortSignal;
  /** Aborted when those inside have had their time. */
  lastCall: AbortSignal;
}

export interface CampaignLimits {
  maxRecipients: number;
  /** Lists that are taken at once by this process. */
  maxUploads: number;
  /** A sender who says nothing for so long is not waited for. */
  uploadSilenceMs: number;
  /** How much more is listened to after an early answer. */
  readPast: ReadPastLimits;
  /** Streams of events this process keeps open. */
  maxStreams: number;
  /** How often the campaigns that are watched are looked at. */
  sampleMs: number;
  /** How often whoever watches gets a sign of life. */
  heartbeatMs: number;
  /** Files of results that are handed out at once by this process. */
  maxDownloads: number;
  /** A reader who takes nothing for so long is not waited for. */
  downloadSilenceMs: number;
  /** Lists that are rendered from end to end at once by this process. */
  maxDryRuns: number;
}

export const usualCampaignLimits: CampaignLimits = {
  maxRecipients: 5_000_000,
  maxUploads: 50,
  uploadSilenceMs: 60_000,
  readPast: { bytes: 64 * 2 ** 20, withinMs: 10_000 },
  maxStreams: 200,
  sampleMs: 1_000,
  heartbeatMs: 15_000,
  maxDownloads: 50,
  downloadSilenceMs: 60_000,
  maxDryRuns: 4,
};
