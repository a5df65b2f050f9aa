import type { Database } from './database.ts';

/** Cancels what has not been handed to Graph. `customerId` null: an operator, who may cancel for everybody. */
export async function cancelMessage(
  database: Database,
  customerId: string | null,
  messageId: string,
): Promise<'canceled' | 'too_late' | 'not_found'> {
  const [row] = await database.query<{ said: 'canceled' | 'too_late' | 'not_found' }>(
    'SELECT cancel_message($1::bigint, $2::bigint) AS said',
    [customerId, messageId],
  );
  return row?.said ?? 'not_found';
}
