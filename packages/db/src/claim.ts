import type { Lane } from '@pombo/domain/lane.ts';
import type { MessageType } from '@pombo/domain/message-type.ts';
import { coalesce } from './coalesce.ts';
import type { Database } from './database.ts';

export interface Claim {
  messageId: string;
  release: number;
}

export type ClaimResult =
  /** The attempt is open and the lease set: write the first byte in `turnInMs` (negative: it has passed), not more than 5 s later. */
  | ({ kind: 'go'; turnInMs: number } & OpenAttempt)
  /** Its turn has not come: ask again in `afterMs`. */
  | { kind: 'wait'; afterMs: number }
  /** It ended without a call. `origin` is the API process that waits for it, if any. */
  | { kind: 'ended'; lineId: string; origin: string | null }
  /** Nothing to do for this note: settled, unknown, shelved in the backlog, or an older release. */
  | { kind: 'done' };

export interface OpenAttempt {
  messageId: string;
  attempt: number;
  /** Failed tries before this one that counted. */
  tries: number;
  lineId: string;
  /** Null for a message that was sent by itself. */
  campaignId: string | null;
  lane: Lane;
  dest: string;
  type: MessageType;
  data: string;
  sealedToken: string;
  sealedAppSecret: string | null;
  origin: string | null;
  /** Of the request it came with; null unless that was traced. */
  traceparent: string | null;
  /** From acceptance to its turn. */
  waitedMs: number;
  /** Between two turns of its line; 0 when it goes at less than half its pace: then no other turn is near by. */
  intervalMs: number;
}

/** Claims of many deliveries share a statement; the SQL function `claim_turns` holds the rules. */
export function openClaim(database: Database, worker: string): (claim: Claim) => Promise<ClaimResult> {
  return coalesce<Claim, ClaimResult>((claims) => claimBatch(database, worker, claims), { maxBatch: 200 });
}

async function claimBatch(
  database: Database,
  worker: string,
  claims: readonly Claim[],
): Promise<(ClaimResult | Error)[]> {
  const newest = newestReleases(claims);
  const answers = await claimEach(database, worker, [...newest]);
  return claims.map((claim) => {
    if (newest.get(claim.messageId) !== claim.release) return { kind: 'done' };
    // One claim gets the answer; the same note twice in one batch must not become two calls.
    newest.delete(claim.messageId);
    return answers.get(claim.messageId) ?? { kind: 'done' };
  });
}

/** Every message once. A bad row must not fail its neighbours: then each goes by itself. */
async function claimEach(
  database: Database,
  worker: string,
  newest: readonly (readonly [messageId: string, release: number])[],
): Promise<Map<string, ClaimResult | Error>> {
  const fate = await database.attempt<ClaimRow>('SELECT * FROM claim_turns($1::bigint[], $2::int[], $3)', [
    newest.map(([messageId]) => messageId),
    newest.map(([, release]) => release),
    worker,
  ]);
  if (fate.kind === 'done') return new Map(fate.rows.map((row) => [row.message_id, resultOf(row)]));
  if (fate.kind === 'undone' && fate.reason === 'refused' && newest.length > 1) {
    const alone = await Promise.all(newest.map((one) => claimEach(database, worker, [one])));
    return new Map(alone.flatMap((answers) => [...answers]));
  }
  return new Map(newest.map(([messageId]) => [messageId, fate.error]));
}

function newestReleases(claims: readonly Claim[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { messageId, release } of claims) {
    newest.set(messageId, Math.max(release, newest.get(messageId) ?? 0));
  }
  return newest;
}

interface ClaimRow {
  message_id: string;
  verdict: 'go' | 'wait' | 'shelved' | 'ended';
  after_ms: number;
  turn_in_ms: number;
  attempt_number: number;
  tries: number;
  line_id: string;
  campaign_id: string | null;
  lane: Lane;
  dest: string;
  type: MessageType;
  data: string;
  sealed_token: string;
  sealed_app_secret: string | null;
  origin: string | null;
  traceparent: string | null;
  waited_ms: number;
  interval_ms: number;
}

function resultOf(row: ClaimRow): ClaimResult {
  switch (row.verdict) {
    case 'go':
      return {
        kind: 'go',
        turnInMs: row.turn_in_ms,
        messageId: row.message_id,
        attempt: row.attempt_number,
        tries: row.tries,
        lineId: row.line_id,
        campaignId: row.campaign_id,
        lane: row.lane,
        dest: row.dest,
        type: row.type,
        data: row.data,
        sealedToken: row.sealed_token,
        sealedAppSecret: row.sealed_app_secret,
        origin: row.origin,
        traceparent: row.traceparent,
        waitedMs: row.waited_ms,
        intervalMs: row.interval_ms,
      };
    case 'wait':
      return { kind: 'wait', afterMs: row.after_ms };
    case 'ended':
      return { kind: 'ended', lineId: row.line_id, origin: row.origin };
    case 'shelved':
      return { kind: 'done' };
  }
}
