import type { LogStatus } from '@pombo/domain/delivery-state.ts';
import type { Database } from './database.ts';

/** What a caller can be told about a message now. `PENDING`: still being worked on. `WR`: nobody knows. */
export interface MessageOutcome {
  status: LogStatus;
  returnCode: number | null;
  returnId: string | null;
}

/** The present outcomes of these messages, in one statement. Numbers without a row are missing from the answer. */
export async function readOutcomes(
  database: Database,
  messageIds: readonly string[],
): Promise<Map<string, MessageOutcome>> {
  const rows = await database.query<MessageOutcome & { id: string }>(
    `SELECT cdls_id AS id, cdls_status AS status, cdls_return_code AS "returnCode", cdls_return_id AS "returnId"
       FROM cdls WHERE cdls_id = ANY ($1::bigint[])`,
    [messageIds],
  );
  return new Map(rows.map(({ id, ...outcome }) => [id, outcome]));
}
