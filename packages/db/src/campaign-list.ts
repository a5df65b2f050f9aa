import type { Variables } from '@pombo/domain/template.ts';
import type { Database } from './database.ts';

/** One list that is being added to a campaign, or has been. */
export interface Upload {
  upload: string;
  /** Rows of it that have been dealt with, and are committed. */
  rows: number;
  recipients: number;
  /** Rows whose recipient was on the campaign's list already. */
  duplicates: number;
  bad: number;
  /** Why it could not be read to its end. */
  broken: string | null;
  begunAt: Date;
  endedAt: Date | null;
}

export interface UploadFault {
  row: number;
  column: string | null;
  because: string;
}

/** The next rows of an upload: those after `fromRow` up to `throughRow`. */
export interface UploadedRows {
  fromRow: number;
  throughRow: number;
  recipients: readonly { dest: string; variables: Variables | null }[];
  faults: readonly UploadFault[];
}

export type Added =
  | { kind: 'added'; recipients: number }
  /** The campaign is no draft any more. */
  | { kind: 'not_draft' }
  /** With these there would be more recipients than a campaign may have. */
  | { kind: 'too_many' }
  /** Another request is at this upload, or has ended it. */
  | { kind: 'elsewhere' };

const columns = `u.upload, u.rows::float8 AS rows, u.recipients::float8 AS recipients, u.duplicates::float8 AS duplicates,
  u.bad::float8 AS bad, u.broken, u.begun_at AS "begunAt", u.ended_at AS "endedAt"`;

type UploadRow = Upload & Record<string, unknown>;

/** The upload of this name: a new one, or the one that was begun before. Null when the campaign is no draft of this account. */
export async function beginUpload(
  database: Database,
  customerId: string,
  campaignId: string,
  upload: string,
): Promise<Upload | null> {
  const begun = await database.query<UploadRow>(
    `INSERT INTO campaign_upload AS u (campaign_id, upload)
      SELECT c.campaign_id, $3 FROM campaign c WHERE c.campaign_id = $1 AND c.cdcs_id = $2 AND c.state = 'draft'
      ON CONFLICT (campaign_id, upload) DO UPDATE SET broken = NULL RETURNING ${columns}`,
    [campaignId, customerId, upload],
  );
  return begun[0] ?? null;
}

/** More than any list has. */
const noLimit = Number.MAX_SAFE_INTEGER;

/**
 * Commits these rows, all or none. At most 10 000 at a time: nothing may last. `mostRecipients`: how many the campaign
 * may have.
 */
export async function addRecipients(
  database: Database,
  campaignId: string,
  upload: string,
  rows: UploadedRows,
  mostRecipients = noLimit,
): Promise<Added> {
  const [row] = await database.query<{ verdict: Added['kind']; added: string }>(
    'SELECT * FROM add_recipients($1, $2, $3, $4, $5::jsonb, $6::bigint[], $7::text[], $8::text[], $9)',
    [
      campaignId,
      upload,
      rows.fromRow,
      rows.throughRow,
      JSON.stringify(rows.recipients.map(({ dest, variables }) => [dest, variables])),
      rows.faults.map((fault) => fault.row),
      rows.faults.map(({ column }) => column),
      rows.faults.map(({ because }) => because),
      mostRecipients,
    ],
  );
  if (!row) throw new Error('add_recipients said nothing');
  return row.verdict === 'added' ? { kind: 'added', recipients: Number(row.added) } : { kind: row.verdict };
}

/** Says how the reading of the list ended: to its end (`broken` null), after which it is closed, or why not. */
export async function endUpload(
  database: Database,
  campaignId: string,
  upload: string,
  broken: string | null,
): Promise<void> {
  await database.query(
    `UPDATE campaign_upload SET broken = $3::text, ended_at = CASE WHEN $3::text IS NULL THEN clock_timestamp() END
      WHERE campaign_id = $1 AND upload = $2 AND ended_at IS NULL`,
    [campaignId, upload, broken],
  );
}

/** Null when there is no such upload to a campaign of this account. Of its bad rows at most the first thousand. */
export async function findUpload(
  database: Database,
  customerId: string,
  campaignId: string,
  upload: string,
): Promise<{ upload: Upload; faults: UploadFault[] } | null> {
  const [found] = await database.query<UploadRow>(
    `SELECT ${columns} FROM campaign_upload u JOIN campaign c USING (campaign_id)
      WHERE u.campaign_id = $1 AND c.cdcs_id = $2 AND u.upload = $3`,
    [campaignId, customerId, upload],
  );
  if (!found) return null;
  const faults = await database.query<UploadFault & Record<string, unknown>>(
    `SELECT f.row::float8 AS row, f."column", f.because FROM campaign_upload_fault f
      WHERE f.campaign_id = $1 AND f.upload = $2 ORDER BY f.row`,
    [campaignId, upload],
  );
  return { upload: found, faults };
}

/** The uploads to a campaign, the latest first, and rows of them that were no recipients: of the latest uploads first. */
export async function listUploads(
  database: Database,
  campaignId: string,
  limit: number,
): Promise<{ uploads: Upload[]; faults: (UploadFault & { upload: string })[] }> {
  const uploads = await database.query<UploadRow>(
    `SELECT ${columns} FROM campaign_upload u WHERE u.campaign_id = $1 ORDER BY u.begun_at DESC, u.upload LIMIT $2`,
    [campaignId, limit],
  );
  const faults = await database.query<UploadFault & { upload: string }>(
    `SELECT u.upload, f.row::float8 AS row, f."column", f.because
      FROM unnest($2::text[]) WITH ORDINALITY AS u(upload, place), LATERAL (
        SELECT * FROM campaign_upload_fault f WHERE f.campaign_id = $1 AND f.upload = u.upload ORDER BY f.row LIMIT $3) f
      ORDER BY u.place, f.row LIMIT $3`,
    [campaignId, uploads.map(({ upload }) => upload), limit],
  );
  return { uploads, faults };
}

export interface ListedRecipient {
  number: number;
  dest: string;
  variables: Variables | null;
  /** On the exclusion list of the customer. */
  excluded: boolean;
}

/** Recipients in the order of the list, after number `after`. */
export function listRecipients(
  database: Database,
  campaignId: string,
  after: number,
  limit: number,
): Promise<ListedRecipient[]> {
  return database.query<ListedRecipient & Record<string, unknown>>(
    `SELECT r.number::float8 AS number, r.dest, r.variables, x.dest IS NOT NULL AS excluded
      FROM campaign_recipient r JOIN campaign c USING (campaign_id)
      LEFT JOIN excluded_recipient x ON x.cdcs_id = c.cdcs_id AND x.dest = r.dest
      WHERE r.campaign_id = $1 AND r.number > $2 ORDER BY r.number LIMIT $3`,
    [campaignId, after, limit],
  );
}

/** The recipient at this place of the list, the first being 1; null beyond its end. */
export async function recipientAt(
  database: Database,
  campaignId: string,
  place: number,
): Promise<ListedRecipient | null> {
  // The place is found in the index alone; numbers may be missing, so it cannot be told from them. But nobody's number
  // is lower than their place: beyond the last number nobody is looked for.
  const [row] = await database.query<{ before: number }>(
    `SELECT number::float8 - 1 AS before FROM campaign_recipient WHERE campaign_id = $1
        AND $2::bigint < (SELECT c.last_number FROM campaign c WHERE c.campaign_id = $1)
      ORDER BY number OFFSET $2 LIMIT 1`,
    [campaignId, place - 1],
  );
  if (!row) return null;
  const [recipient] = await listRecipients(database, campaignId, row.before, 1);
  return recipient ?? null;
}

/** At most so many rows go in one statement: none may last. */
const deletedAtOnce = 10_000;

/** Deletes the next part of the list of a campaign that is gone; says whether there may be more. */
export async function deleteNextRecipients(database: Database, campaignId: string): Promise<boolean> {
  const [row] = await database.query<{ count: number }>(
    `WITH gone AS (
       DELETE FROM campaign_recipient WHERE campaign_id = $1 AND number IN (
         SELECT number FROM campaign_recipient WHERE campaign_id = $1 ORDER BY number LIMIT $2) RETURNING 1
     ) SELECT count(*)::int AS count FROM gone`,
    [campaignId, deletedAtOnce],
  );
  return row?.count === deletedAtOnce;
}
