import type { Database } from './database.ts';

/** What the door has to know of a line. The token itself stays in the database. */
export interface LineAtTheDoor {
  lineId: string;
  class: string;
  active: boolean;
  hasPageToken: boolean;
  hasPageId: boolean;
  /** How long an asynchronous message waits when its caller names no validity, in seconds. */
  validitySeconds: number;
  /** What happens to a message whose outcome is unknown, where its caller does not say. */
  onUnknown: 'hold' | 'resend';
}

/** A line of this account; null when there is none with that number. */
export async function findLine(database: Database, customerId: string, lineId: string): Promise<LineAtTheDoor | null> {
  const [row] = await database.query<LineAtTheDoor>(
    `SELECT v8l_id AS "lineId", v8l_class AS class, v8l_active AS active, v8l_wa_api_key <> '' AS "hasPageToken",
       v8l_fb_page_id <> '' AS "hasPageId", v8l_validity_seconds AS "validitySeconds",
       v8l_on_unknown AS "onUnknown"
     FROM cd_v8_line WHERE v8l_id = $1 AND cdcs_id = $2`,
    [lineId, customerId],
  );
  return row ?? null;
}
