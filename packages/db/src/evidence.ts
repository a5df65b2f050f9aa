import type { LogStatus } from '@pombo/domain/delivery-state.ts';
import type { Database } from './database.ts';

/** Proof that one call reached its recipient. */
export interface Evidence {
  messageId: string;
  /** The attempt the proof speaks of, as our metadata names it. */
  attempt: number;
  metaMessageId: string;
  /** `echo`: Meta's webhook handed our metadata back. `read_back`: we asked for the conversation and found it there. */
  source: 'echo' | 'read_back';
}

export type EvidenceVerdict =
  /** The message is `OK` now. */
  | 'settled'
  /** It was `OK` already. */
  | 'already_known'
  /** It ended `ERROR` or `CANCELED`, and keeps that end: callers have been told. Somebody should look at it. */
  | 'contradicts'
  /** There is no such message, or it had no such attempt. */
  | 'not_found';

const saidOf = { echo: 'sent (settled by an echo)', read_back: 'sent (settled by a read-back)' } as const;

/**
 * The door for evidence. It ends an unfinished message wherever it is: an unknown one, one that waits to be sent again
 * (so that the second call is never made), and one whose call is still open, for an echo may be faster than the answer,
 * which then changes nothing. Announces nobody: whoever still waits finds the row within a second.
 */
export async function settleByEvidence(database: Database, evidence: Evidence): Promise<EvidenceVerdict> {
  const before = await readMessage(database, evidence);
  if (before === null) return 'not_found';
  // Ordinarily: an echo comes for every message, and its answer came first.
  if (before === 'OK') return 'already_known';
  const settled = await database.query("SELECT message_id FROM settle_attempts($1, '{OK}', false)", [
    JSON.stringify([settleOf(evidence)]),
  ]);
  if (settled.length > 0) return 'settled';
  return (await readMessage(database, evidence)) === 'OK' ? 'already_known' : 'contradicts';
}

/** What the log says of the message; null when it never made this attempt. */
async function readMessage(database: Database, { messageId, attempt }: Evidence): Promise<LogStatus | null> {
  const [row] = await database.query<{ status: LogStatus }>(
    `SELECT m.cdls_status AS status FROM attempt a JOIN cdls m USING (cdls_id)
      WHERE a.cdls_id = $1::bigint AND a.number = $2::int`,
    [messageId, attempt],
  );
  return row?.status ?? null;
}

/** No line is named: that a call arrived some time ago says nothing about the line now. */
function settleOf({ messageId, attempt, metaMessageId, source }: Evidence) {
  return {
    id: messageId,
    attempt,
    line: null,
    step: 'OK',
    // 200 is what Graph answers to a message it took.
    return_code: 200,
    return_id: metaMessageId,
    status_delivery: saidOf[source],
    outcome: 'sent',
    text: saidOf[source],
  };
}
