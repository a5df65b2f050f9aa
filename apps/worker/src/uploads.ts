import type { Database } from '@pombo/db/database.ts';
import { giveUpUpload, keepAttachment, putOffUpload, takeUploads, type Upload } from '@pombo/db/page-assets.ts';
import { parkFor } from '@pombo/db/parking.ts';
import { callDeadlineMs } from '@pombo/domain/message-type.ts';
import type { Outcome } from '@pombo/domain/outcome.ts';
import { type UploadStep, uploadStep } from '@pombo/domain/upload-step.ts';
import type { UploadVerdict } from '@pombo/domain/upload-verdict.ts';
import type { GraphClient } from '@pombo/graph/client.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import { type LineSecrets, lockedLine } from './line-secrets.ts';
import { aroundMs, repeat } from './repeat.ts';

export interface UploadParts {
  database: Database;
  graph: Pick<GraphClient, 'uploadAttachment'>;
  secretsOf: (sealedToken: string, sealedAppSecret: string | null) => LineSecrets;
  logger: Logger;
  random: () => number;
}

const everyMs = 500;
/** A video may take Meta a minute and a half: the others must not wait for it. */
const atOnce = 4;

/**
 * Has Meta fetch the media of running campaigns, once for the page of a line. Every process does; the database gives each
 * upload to one of them, and feeds nobody before it is done.
 */
export function openUploads(parts: UploadParts): { close(): Promise<void> } {
  const open = new Set<Promise<void>>();

  function begin(upload: Upload): void {
    const uploading = uploadOnce(parts, upload)
      // Its lease runs out, and then somebody tries again.
      .catch((err) => parts.logger.warn({ err, v8l_id: upload.lineId }, 'an upload could not be recorded'))
      .finally(() => open.delete(uploading));
    open.add(uploading);
  }

  const looking = repeat(
    async () => {
      if (open.size >= atOnce) return;
      const uploads = await takeUploads(parts.database, atOnce - open.size).catch((err) => {
        parts.logger.warn({ err }, 'media to be uploaded could not be looked for');
        return [];
      });
      uploads.forEach(begin);
    },
    () => aroundMs(everyMs, parts.random),
  );
  return {
    async close() {
      await looking.close();
      await Promise.all(open);
    },
  };
}

async function uploadOnce(parts: UploadParts, upload: Upload): Promise<void> {
  const startedAt = performance.now();
  const verdict = await callGraph(parts, upload);
  const facts = { v8l_id: upload.lineId, type: upload.type, totalMs: Math.round(performance.now() - startedAt) };
  if (verdict.kind === 'uploaded') {
    await keepAttachment(parts.database, upload, verdict.attachmentId);
    parts.logger.info(facts, 'media was uploaded');
    return;
  }
  const { outcome } = verdict;
  if (outcome.kind === 'line_down') await parkFor(parts.database, upload, outcome);
  const step = uploadStep(outcome, { ...upload, random: parts.random });
  const stopped = await record(parts.database, upload, outcome, step);
  const { code, subcode, fbtraceId } = outcome.reply;
  parts.logger.warn(
    { ...facts, outcome: outcome.kind, code, subcode, fbtraceId, ...step, stopped },
    'media was not uploaded',
  );
}

async function callGraph({ secretsOf, graph }: UploadParts, upload: Upload): Promise<UploadVerdict> {
  const { type, url } = upload;
  const secrets = secretsOf(upload.sealedToken, upload.sealedAppSecret);
  if (secrets.kind === 'locked') return { kind: 'failed', outcome: lockedLine };
  const { token, appSecret } = secrets;
  return graph.uploadAttachment({ token, appSecret, media: { type, url }, deadlineMs: callDeadlineMs[type] });
}

/** The campaigns that are stopped by it. */
async function record(database: Database, upload: Upload, outcome: Outcome, step: UploadStep): Promise<string[]> {
  if (step.kind === 'give_up') return giveUpUpload(database, upload, step.because);
  const notFetched = outcome.kind === 'unavailable' && outcome.because === 'media_not_fetched';
  await putOffUpload(database, upload, { ...step, notFetched });
  return [];
}
