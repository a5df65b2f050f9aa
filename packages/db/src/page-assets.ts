import type { MessageType } from '@pombo/domain/message-type.ts';
import type { Database } from './database.ts';

/** Media that this process is to upload to the page of a line. */
export interface Upload {
  lineId: string;
  type: Exclude<MessageType, 'text'>;
  url: string;
  digest: Buffer;
  sealedToken: string;
  sealedAppSecret: string | null;
  /** Failed uploads in a row, and how many of them because Meta could not fetch it. */
  triesBefore: number;
  notFetchedBefore: number;
  /** An earlier upload of it can still be sent by its id. */
  lives: boolean;
  /** Names this try: what is said of one that was given up changes nothing. */
  lease: string;
}

/**
 * Media that campaigns wait for, `limit` at most, each given to one process for as long as a call may take: what the pages
 * do not have yet, and what Meta will soon have kept for 90 days. Lines that may not send upload nothing either.
 */
export function takeUploads(database: Database, limit: number): Promise<Upload[]> {
  return database.query<Upload & Record<string, unknown>>(
    `WITH wanted AS MATERIALIZED (
       SELECT DISTINCT c.v8l_id, c.type, c.asset_digest AS digest, c.template AS url
       FROM campaign c JOIN cd_v8_line l USING (v8l_id) JOIN line_gate g USING (v8l_id) JOIN cd_customer u ON u.cdcs_id = c.cdcs_id
         LEFT JOIN page_asset a ON a.v8l_id = c.v8l_id AND a.type = c.type AND a.digest = c.asset_digest
       WHERE c.ended_at IS NULL AND c.asset_digest IS NOT NULL AND campaign_sends(c, statement_timestamp())
         AND may_release(l, g, u, statement_timestamp()) AND (a.v8l_id IS NULL OR asset_wanted(a, statement_timestamp()))
       ORDER BY 1, 2, 3 LIMIT $1
     ), taken AS (
       INSERT INTO page_asset AS a (v8l_id, type, digest, uploading_until)
       SELECT w.v8l_id, w.type, w.digest, clock_timestamp() + call_deadline(w.type) + interval '5 seconds' FROM wanted w
       ON CONFLICT (v8l_id, type, digest) DO UPDATE SET uploading_until = excluded.uploading_until
         -- Somebody may have been faster.
         WHERE asset_wanted(a, statement_timestamp())
       RETURNING a.v8l_id, a.type, a.digest, a.tries, a.not_fetched, a.uploading_until, asset_lives(a, statement_timestamp()) AS lives
     )
     SELECT t.v8l_id AS "lineId", t.type, w.url, t.digest, l.v8l_wa_api_key AS "sealedToken", l.v8l_fb_app_secret AS "sealedAppSecret",
       t.tries AS "triesBefore", t.not_fetched AS "notFetchedBefore", t.lives, t.uploading_until::text AS lease
     FROM taken t JOIN wanted w USING (v8l_id, type, digest) JOIN cd_v8_line l USING (v8l_id)`,
    [limit],
  );
}

const mine = 'v8l_id = $1 AND type = $2 AND digest = $3';

/** Its campaigns that run, in the order in which everybody locks them; after the asset, and only if that has changed. */
const waitingCampaigns = `SELECT c.campaign_id FROM changed, campaign c
  WHERE c.v8l_id = $1 AND c.type = $2 AND c.asset_digest = $3 AND c.state = 'running' ORDER BY c.campaign_id FOR NO KEY UPDATE OF c`;

/** From now on it is sent by this id. An id that came too late is as good as any. */
export async function keepAttachment(database: Database, upload: Upload, attachmentId: string): Promise<void> {
  await database.query(
    `WITH changed AS (
       UPDATE page_asset SET attachment_id = $4, uploaded_at = clock_timestamp(), uploading_until = NULL, try_at = NULL,
           tries = 0, not_fetched = 0, because = NULL WHERE ${mine} RETURNING 1
     ), waiting AS (${waitingCampaigns})
     UPDATE campaign c SET because = NULL FROM waiting w WHERE c.campaign_id = w.campaign_id AND c.because IS NOT NULL`,
    [...keyOf(upload), attachmentId],
  );
}

/** It is tried again in `afterMs`. The campaigns that wait for it say why. */
export async function putOffUpload(
  database: Database,
  upload: Upload,
  step: { afterMs: number; because: string; notFetched: boolean },
): Promise<void> {
  await database.query(
    `WITH changed AS (
       UPDATE page_asset a SET uploading_until = NULL, tries = a.tries + 1, not_fetched = a.not_fetched + $6::int,
           try_at = clock_timestamp() + $7 * interval '1 millisecond', because = $5
         WHERE ${mine} AND a.uploading_until::text = $4 RETURNING asset_lives(a, statement_timestamp()) AS lives
     ), waiting AS (${waitingCampaigns})
     UPDATE campaign c SET because = 'its media is not uploaded yet: ' || $5::text FROM waiting w, changed
       WHERE c.campaign_id = w.campaign_id AND NOT changed.lives`,
    [...keyOf(upload), upload.lease, step.because, step.notFetched ? 1 : 0, step.afterMs],
  );
}

/**
 * Meta does not take it: the campaigns that wait for it stop; which they were. Nothing of it is kept, so that whoever lets
 * one of them go on, or starts another, has it tried anew.
 */
export async function giveUpUpload(database: Database, upload: Upload, because: string): Promise<string[]> {
  const stopped = await database.query<{ id: string }>(
    `WITH changed AS (
       DELETE FROM page_asset a WHERE ${mine} AND a.uploading_until::text = $4 RETURNING 1
     ), waiting AS (${waitingCampaigns})
     UPDATE campaign c SET state = 'stopped', because = 'its media could not be uploaded: ' || $5::text FROM waiting w
       WHERE c.campaign_id = w.campaign_id RETURNING c.campaign_id AS id`,
    [...keyOf(upload), upload.lease, because],
  );
  return stopped.map(({ id }) => id);
}

function keyOf({ lineId, type, digest }: Upload): [string, string, Buffer] {
  return [lineId, type, digest];
}

/** What the media of this campaign is sent by; null: it has none that everybody gets, or it is not there (any more). */
export async function findAttachment(database: Database, campaignId: string): Promise<string | null> {
  const [row] = await database.query<{ id: string }>(
    `SELECT a.attachment_id AS id FROM campaign c
       JOIN page_asset a ON a.v8l_id = c.v8l_id AND a.type = c.type AND a.digest = c.asset_digest
      WHERE c.campaign_id = $1 AND asset_lives(a, statement_timestamp())`,
    [campaignId],
  );
  return row?.id ?? null;
}

/** Whether Graph has refused this message before because it did not know the uploaded media. */
export async function hasMetGoneAsset(database: Database, messageId: string): Promise<boolean> {
  const rows = await database.query(`SELECT 1 FROM attempt WHERE cdls_id = $1 AND outcome = 'asset_gone' LIMIT 1`, [
    messageId,
  ]);
  return rows.length > 0;
}

/**
 * Graph does not know this id (any more): unless there is a newer one it is to be uploaded again, at once. An id that was
 * refused within an hour of its upload makes one doubt that another will be better: from the second of those on the next
 * upload waits 10 minutes, then 20, up to an hour, and meanwhile everything goes by the URL.
 */
export async function forgetAttachment(database: Database, campaignId: string, attachmentId: string): Promise<boolean> {
  const forgotten = await database.query(
    `UPDATE page_asset a SET attachment_id = NULL, uploaded_at = NULL,
         lost = CASE WHEN a.uploaded_at > clock_timestamp() - interval '1 hour' THEN a.lost ELSE 0 END + 1,
         try_at = clock_timestamp() + CASE WHEN a.uploaded_at > clock_timestamp() - interval '1 hour'
           THEN least(60, 10 * a.lost) ELSE 0 END * interval '1 minute'
       FROM campaign c WHERE c.campaign_id = $1 AND a.v8l_id = c.v8l_id AND a.type = c.type AND a.digest = c.asset_digest
         AND a.attachment_id = $2 RETURNING 1`,
    [campaignId, attachmentId],
  );
  return forgotten.length > 0;
}

/** What no page has had for longer than Meta would keep it. */
export async function forgetOldAssets(database: Database): Promise<void> {
  await database.query(
    `DELETE FROM page_asset WHERE greatest(uploaded_at, uploading_until, try_at) < statement_timestamp() - interval '90 days'`,
  );
}
