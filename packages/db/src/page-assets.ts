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
  /** Campaigns wait for it to be fed; otherwise it is only old, or wanted for what is left of a campaign. */
  awaited: boolean;
  begunAt: string;
  /** Names this try: what is said of one that was given up changes nothing. */
  lease: string;
}

/**
 * Media of campaigns that send, `limit` at most, each given to one process for as long as a call may take: what the pages do
 * not have yet, and what Meta will soon have kept for 90 days. Lines that may not send upload nothing either.
 */
export function takeUploads(database: Database, limit: number): Promise<Upload[]> {
  return database.query<Upload & Record<string, unknown>>(
    `WITH wanted AS MATERIALIZED (
       SELECT c.v8l_id, c.type, shared_media(c) AS digest, min(c.template) AS url, min(a.uploaded_at) AS uploaded_at,
         bool_or(c.state = 'running' AND ${isAwaited('a')}) AS awaited
       FROM campaign c JOIN cd_v8_line l USING (v8l_id) JOIN line_gate g USING (v8l_id) JOIN cd_customer u ON u.cdcs_id = c.cdcs_id
         LEFT JOIN page_asset a ON a.v8l_id = c.v8l_id AND a.type = c.type AND a.digest = shared_media(c)
       WHERE c.ended_at IS NULL AND c.state <> 'draft' AND shared_media(c) IS NOT NULL AND campaign_sends(c, statement_timestamp())
         AND may_release(l, g, u, statement_timestamp())
         AND (NOT asset_serves(a, c, statement_timestamp()) OR ${isOld})
         AND coalesce(a.uploading_until <= statement_timestamp(), true) AND coalesce(a.try_at <= statement_timestamp(), true)
       GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $1
     ), taken AS (
       INSERT INTO page_asset AS a (v8l_id, type, digest, uploaded_at, uploading_until)
       SELECT w.v8l_id, w.type, w.digest, w.uploaded_at, clock_timestamp() + call_deadline(w.type) + interval '5 seconds' FROM wanted w
       -- Unless somebody was faster, and perhaps has it by now.
       ON CONFLICT (v8l_id, type, digest) DO UPDATE SET uploading_until = excluded.uploading_until
         WHERE coalesce(a.uploading_until <= statement_timestamp(), true) AND a.uploaded_at IS NOT DISTINCT FROM excluded.uploaded_at
       RETURNING a.v8l_id, a.type, a.digest, a.tries, a.not_fetched, a.uploading_until
     )
     SELECT t.v8l_id AS "lineId", t.type, w.url, t.digest, l.v8l_wa_api_key AS "sealedToken", l.v8l_fb_app_secret AS "sealedAppSecret",
       t.tries AS "triesBefore", t.not_fetched AS "notFetchedBefore", w.awaited, clock_timestamp()::text AS "begunAt",
       t.uploading_until::text AS lease
     FROM taken t JOIN wanted w USING (v8l_id, type, digest) JOIN cd_v8_line l USING (v8l_id)`,
    [limit],
  );
}

/** Does `campaign c` wait for it? Where the ids are refused as soon as they are there campaigns go on without. */
export function isAwaited(asset: string): string {
  return `NOT asset_serves(${asset}, c, statement_timestamp()) AND coalesce((${asset}).lost, 0) <= 1`;
}

const livedLong = `a.uploaded_at < statement_timestamp() - interval '1 hour'`;
const isOld = `a.uploaded_at < statement_timestamp() - interval '87 days'`;

const mine = 'a.v8l_id = $1 AND a.type = $2 AND a.digest = $3';

/** From now on it is sent by this id. An id that came too late is as good as any. */
export async function keepAttachment(database: Database, upload: Upload, attachmentId: string): Promise<void> {
  await database.query(
    `UPDATE page_asset a SET attachment_id = $4, uploaded_at = $5::timestamptz, uploading_until = NULL, try_at = NULL,
         tries = 0, not_fetched = 0, because = NULL, lost = CASE WHEN ${livedLong} THEN 0 ELSE a.lost END
       WHERE ${mine}`,
    [...keyOf(upload), attachmentId, upload.begunAt],
  );
}

/** It is tried again in `afterMs`. */
export async function putOffUpload(
  database: Database,
  upload: Upload,
  step: { afterMs: number; because: string; notFetched: boolean },
): Promise<void> {
  await database.query(
    `UPDATE page_asset a SET uploading_until = NULL, tries = a.tries + 1, not_fetched = a.not_fetched + $6::int,
         try_at = clock_timestamp() + $7 * interval '1 millisecond', because = $5
       WHERE ${mine} AND a.uploading_until::text = $4`,
    [...keyOf(upload), upload.lease, step.because, step.notFetched ? 1 : 0, step.afterMs],
  );
}

/**
 * Meta does not take it: the campaigns that wait for it stop; which they were. Whoever lets one of them go on, or starts
 * another, has it tried anew. Campaigns that an earlier upload still serves go on, and ask again later.
 */
export async function giveUpUpload(database: Database, upload: Upload, because: string): Promise<string[]> {
  const stopped = await database.query<{ id: string }>(
    `WITH changed AS (
       UPDATE page_asset a SET uploading_until = NULL, tries = 0, not_fetched = 0, because = $5,
           try_at = CASE WHEN ${isOld} THEN clock_timestamp() + interval '15 minutes' END
         WHERE ${mine} AND a.uploading_until::text = $4 RETURNING a AS asset
     ), waiting AS (
       -- In the order in which everybody locks them.
       SELECT c.campaign_id FROM changed, campaign c
         WHERE c.v8l_id = $1 AND c.type = $2 AND shared_media(c) = $3 AND c.state = 'running' AND ${isAwaited('changed.asset')}
         ORDER BY c.campaign_id FOR NO KEY UPDATE OF c
     )
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
       JOIN page_asset a ON a.v8l_id = c.v8l_id AND a.type = c.type AND a.digest = shared_media(c)
      WHERE c.campaign_id = $1 AND asset_serves(a, c, statement_timestamp())`,
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
         lost = CASE WHEN ${livedLong} THEN 0 ELSE a.lost END + 1,
         -- Without a wait there is no time to wait for: the column rounds to milliseconds, and may round up.
         try_at = clock_timestamp() + CASE WHEN ${livedLong} THEN NULL ELSE nullif(least(60, 10 * a.lost), 0) END * interval '1 minute'
       FROM campaign c WHERE c.campaign_id = $1 AND a.v8l_id = c.v8l_id AND a.type = c.type AND a.digest = shared_media(c)
         AND a.attachment_id = $2 RETURNING 1`,
    [campaignId, attachmentId],
  );
  return forgotten.length > 0;
}

/** What no page has had for longer than Meta would keep it. */
export async function forgetOldAssets(database: Database): Promise<void> {
  await database.query(
    `DELETE FROM page_asset WHERE coalesce(greatest(uploaded_at, uploading_until, try_at), '-infinity') < statement_timestamp() - interval '90 days'`,
  );
}
