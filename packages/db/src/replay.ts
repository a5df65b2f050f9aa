import type { ReplayRefusal } from '@pombo/domain/bulk-action.ts';
import { type Asker, askerOf } from './asker.ts';
import { type Actor, writeAudit } from './audit.ts';
import type { Prisma } from './prisma.ts';

export type Replayed =
  | { kind: 'replayed'; replayId: string }
  /** `already`: this is what it was replayed as, by somebody else. */
  | { kind: ReplayRefusal };

export interface ReplayOrder {
  /** Only what had ended by then; null: whatever has ended. */
  before: Date | null;
  /** A line's backlog may be as long as its pace needs this long for. */
  backlogHorizonMs: number;
  /** Also what failed at last, but may have arrived by an earlier call: it may then arrive twice. */
  evenIfDoubted: boolean;
}

/** Has a message that ended ERROR or CANCELED sent once more, as a new message. Each message is replayed once. */
export function replayMessage(
  prisma: Prisma,
  by: Actor,
  messageId: string,
  backlogHorizonMs: number,
): Promise<Replayed> {
  return prisma.$transaction(async (tx) => {
    const order = { before: null, backlogHorizonMs, evenIfDoubted: true };
    const said = (await replayMessages(askerOf(tx), [messageId], order)).get(messageId) ?? { kind: 'not_found' };
    if (said.kind === 'replayed')
      await writeAudit(tx, by, { action: 'replay message', object: `${messageId} as ${said.replayId}` });
    return said;
  });
}

/** What became of each. */
export async function replayMessages(
  asker: Asker,
  messageIds: readonly string[],
  { before, backlogHorizonMs, evenIfDoubted }: ReplayOrder,
): Promise<Map<string, Replayed>> {
  const rows = await asker.query<{ id: string; verdict: ReplayRefusal | 'replayed'; replayId: string | null }>(
    `SELECT message_id::text AS id, verdict, replay_id::text AS "replayId"
      FROM replay_messages($1::bigint[], $2::timestamptz, $3::float8, $4::boolean)`,
    [messageIds, before, backlogHorizonMs, evenIfDoubted],
  );
  return new Map(rows.map(({ id, verdict, replayId }) => [id, replayedOf(verdict, replayId)]));
}

function replayedOf(verdict: ReplayRefusal | 'replayed', replayId: string | null): Replayed {
  return verdict === 'replayed' ? { kind: verdict, replayId: replayId ?? '' } : { kind: verdict };
}
