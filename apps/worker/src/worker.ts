import { countBacklogs, openBacklogCount } from '@pombo/db/backlog-count.ts';
import { bulkActionsAtWork, carryOutBatch, noteTrouble } from '@pombo/db/bulk-actions.ts';
import {
  campaignsToFeed,
  endCanceled,
  feedCampaign,
  foldCampaigns,
  nextRecipients,
  requeueUnknown,
} from '@pombo/db/campaign-feed.ts';
import { openClaim } from '@pombo/db/claim.ts';
import type { Database } from '@pombo/db/database.ts';
import { closeAllWhenMostAre, holdLine } from '@pombo/db/gates.ts';
import { foldHistory, takeHistorySample } from '@pombo/db/history-fold.ts';
import { findAttachment, forgetAttachment, forgetOldAssets, hasMetGoneAsset } from '@pombo/db/page-assets.ts';
import { makePartitionsAhead } from '@pombo/db/partitions.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { linesWithBacklog, releaseLines } from '@pombo/db/release.ts';
import { openSettle } from '@pombo/db/settle.ts';
import { refreshStatistics } from '@pombo/db/statistics.ts';
import { endExpired, expireLeases, forgetOldKeys, takeOverdue, takeResends } from '@pombo/db/sweep.ts';
import { lanes } from '@pombo/domain/lane.ts';
import type { GraphClient } from '@pombo/graph/client.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import type { MessageQueue, Note } from '@pombo/queue/queue.ts';
import type { Activity } from './activity.ts';
import { openAttachments } from './attachments.ts';
import { openBulkActions } from './bulk-actions.ts';
import { openBulkhead } from './bulkhead.ts';
import { openCampaigns } from './campaigns.ts';
import { createDeliver } from './deliver.ts';
import type { DeliveryTracing } from './delivery-trace.ts';
import { openHistory } from './history.ts';
import type { LineCounters } from './line-counters.ts';
import { createLineSecrets, type Seal } from './line-secrets.ts';
import { openProbe } from './probe.ts';
import { openRelease } from './release.ts';
import { openRetention } from './retention.ts';
import { openSweep } from './sweep.ts';
import { openUploads } from './uploads.ts';

export interface WorkerParts {
  /** Shown in the attempts it opens. */
  name: string;
  database: Database;
  queue: MessageQueue;
  graph: GraphClient;
  seal: Seal;
  defaultAppSecret: string | null;
  /** 0: messages are kept for ever. */
  retentionDays: number;
  slots: { now: number; bulk: number };
  /** A line's backlog may be as long as its pace needs this long for; asked where a bulk action replays. */
  backlogHorizonMs: number;
  metrics: Metrics<'worker'>;
  lineCounters: LineCounters;
  activity: Activity;
  /** Null where nothing is traced. */
  deliveryTracing: DeliveryTracing | null;
  logger: Logger;
  random: () => number;
}

/** An open Graph call lasts 90 s at most, with video; its outcome takes a moment to record. */
const drainMs = 95_000;

/** Messages of a bulk action per transaction: some tenths of a second, while which others wait for these messages alone. */
const bulkBatch = 500;

/** Delivers both lanes, feeds campaigns and uploads their media, carries out bulk actions, releases the backlog, sweeps, and keeps the history. `close` takes no new work and waits for the open calls. */
export async function openWorker(parts: WorkerParts): Promise<{ close(): Promise<void> }> {
  const { database, queue, metrics, logger, random } = parts;
  const release = openRelease({
    releaseLines: (lineIds) => releaseLines(database, lineIds),
    linesWithBacklog: () => linesWithBacklog(database),
    queue,
    logger,
  });
  const sweep = openSweep({
    takeOverdue: (lane, use, limit) => takeOverdue(database, lane, use, limit),
    takeResends: (limit) => takeResends(database, limit),
    expireLeases: (limit) => expireLeases(database, limit),
    endExpired: (limit) => endExpired(database, limit),
    forgetOld: async () => {
      await forgetOldKeys(database);
      await forgetOldAssets(database);
    },
    closeAllWhenMostAre: () => closeAllWhenMostAre(database),
    refreshStatistics: () => refreshStatistics(database),
    countBacklogs: openBacklogCount(
      () => countBacklogs(database),
      () => performance.now(),
    ),
    makePartitionsAhead: () => makePartitionsAhead(database),
    queue,
    logger,
    random,
  });
  const retention = parts.retentionDays > 0 ? openRetention({ ...parts, days: parts.retentionDays }) : null;
  const campaigns = openCampaigns({
    campaignsToFeed: () => campaignsToFeed(database),
    nextRecipients: (campaign) => nextRecipients(database, campaign),
    feedCampaign: (campaign, next, renderings) => feedCampaign(database, campaign, next, renderings),
    requeueUnknown: (campaignId, limit) => requeueUnknown(database, campaignId, limit),
    endCanceled: (limit) => endCanceled(database, limit),
    foldCampaigns: () => foldCampaigns(database),
    ring: release.ring,
    metrics,
    logger,
    random,
  });
  const history = openHistory({
    foldHistory: () => foldHistory(database),
    takeHistorySample: () => takeHistorySample(database),
    logger,
    random,
  });
  const prisma = openPrisma(database);
  const bulkActions = openBulkActions({
    bulkActionsAtWork: () => bulkActionsAtWork(prisma),
    carryOutBatch: (id) => carryOutBatch(prisma, id, { backlogHorizonMs: parts.backlogHorizonMs, limit: bulkBatch }),
    noteTrouble: (id, trouble) => noteTrouble(prisma, id, trouble),
    logger,
    random,
  });
  const secretsOf = createLineSecrets(parts.seal, parts.defaultAppSecret);
  const uploads = openUploads({ ...parts, secretsOf });
  const attachments = openAttachments({
    findAttachment: (campaignId) => findAttachment(database, campaignId),
    hasMetGoneAsset: (messageId) => hasMetGoneAsset(database, messageId),
    forgetAttachment: (campaignId, attachmentId) => forgetAttachment(database, campaignId, attachmentId),
    logger,
  });
  const probe = openProbe({ ...parts, secretsOf, ring: (lineId) => release.ring([lineId]) });
  const bulkhead = openBulkhead({
    holdLine: (lineId, allowed, forMs) => holdLine(database, lineId, allowed, forMs),
    slots: parts.slots,
    logger,
    now: () => performance.now(),
  });
  const deliver = createDeliver({
    claim: openClaim(database, parts.name),
    settle: openSettle(database),
    secretsOf,
    attachments,
    beginCall: ({ lineId, type, lane }) => {
      const tellBulkhead = bulkhead.begin(lineId, type);
      const tellActivity = parts.activity.callBegan(lane);
      return (outcome) => {
        tellBulkhead(outcome);
        tellActivity(outcome);
      };
    },
    ring: (lineId) => release.ring([lineId]),
    ...parts,
  });
  const consumers = lanes.map((lane) => {
    const take = (note: Note) => {
      metrics.notesTaken.inc({ lane });
      parts.activity.noteTaken(lane);
      return deliver(note);
    };
    return queue.consume(lane, take, { slots: parts.slots[lane] });
  });
  const stopListening = await queue.signals.onRing((lineIds) => release.ring(lineIds));

  return {
    async close() {
      await stopListening();
      await Promise.all([campaigns.close(), bulkActions.close(), sweep.close(), release.close(), retention?.close()]);
      await Promise.all([
        probe.close(),
        uploads.close(),
        ...consumers.map((consumer) => consumer.close({ withinMs: drainMs })),
      ]);
      // Last, so that what was settled while it drained is added up.
      await history.close();
      await bulkhead.close();
      await prisma.$disconnect();
    },
  };
}
