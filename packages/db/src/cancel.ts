import { type Asker, askerOf } from './asker.ts';
import { type Actor, writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import type { Prisma } from './prisma.ts';

export type Canceled = 'canceled' | 'too_late' | 'not_found';

/** Cancels what has not been handed to Graph, for the account it belongs to. */
export async function cancelMessage(database: Database, customerId: string, messageId: string): Promise<Canceled> {
  return (await cancelMessages(database, customerId, [messageId])).get(messageId) ?? 'not_found';
}

/** The same for an operator, who may cancel for everybody. */
export function cancelByOperator(prisma: Prisma, by: Actor, messageId: string): Promise<Canceled> {
  return prisma.$transaction(async (tx) => {
    const said = (await cancelMessages(askerOf(tx), null, [messageId])).get(messageId) ?? 'not_found';
    if (said === 'canceled') await writeAudit(tx, by, { action: 'cancel message', object: messageId });
    return said;
  });
}

/** What became of each. `customerId` null: whoever's they are. */
export async function cancelMessages(
  asker: Asker,
  customerId: string | null,
  messageIds: readonly string[],
): Promise<Map<string, Canceled>> {
  const rows = await asker.query<{ id: string; verdict: Canceled }>(
    'SELECT message_id::text AS id, verdict FROM cancel_messages($1::bigint, $2::bigint[])',
    [customerId, messageIds],
  );
  return new Map(rows.map(({ id, verdict }) => [id, verdict]));
}
