import type { NewMessage } from '@pombo/db/accept.ts';
import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { Settle } from '@pombo/db/settle.ts';
import { takeResends } from '@pombo/db/sweep.ts';
import { type Hands, openHands } from './hands.ts';
import { installMoveGuard, type MoveGuard } from './move-guard.ts';
import { newMessage } from './new-message.ts';
import { settleOf } from './settle-of.ts';

/** A guarded database with one line without a pace, and the hands that move its messages one by one. */
export interface OneLine extends Hands {
  readonly guard: MoveGuard;
  readonly lineId: string;
  /** A message of lane `now`, to somebody of its own. */
  send(over?: Partial<NewMessage>): Promise<string>;
  /** A message whose first call is open. */
  calling(over?: Partial<NewMessage>): Promise<OpenAttempt>;
  /** A message whose first call had no answer. */
  unknown(over?: Partial<NewMessage>): Promise<OpenAttempt>;
  /** The same, after the grace period: `on_unknown=resend` has decided that it goes again, under this release. */
  sentAgain(over?: Partial<NewMessage>): Promise<{ first: OpenAttempt; release: number }>;
}

export const noAnswer = {
  step: 'unknown',
  outcome: 'unknown',
  returnCode: null,
  returnId: null,
  returnLog: 'no answer',
  statusDelivery: 'unknown: no answer',
  writtenMs: 7,
} as const satisfies Partial<Settle>;

export async function openOneLine(): Promise<OneLine> {
  const hands = await openHands();
  const { database, customerId, accept, settle, go } = hands;
  const guard = await installMoveGuard(database);
  const lineId = await hands.addLine();

  async function send(over: Partial<NewMessage> = {}): Promise<string> {
    const messageId = await accept.drawId();
    const message = newMessage(messageId, { customerId, lineId, dest: `p${messageId}`, lane: 'now', ...over });
    const result = await accept.accept(message);
    if (result.kind !== 'accepted') throw new Error(`not accepted: ${result.kind}`);
    return messageId;
  }

  const calling = async (over: Partial<NewMessage> = {}) => go(await send(over));

  async function unknown(over: Partial<NewMessage> = {}): Promise<OpenAttempt> {
    const attempt = await calling(over);
    await settle(settleOf(attempt, noAnswer));
    return attempt;
  }

  async function sentAgain(over: Partial<NewMessage> = {}): Promise<{ first: OpenAttempt; release: number }> {
    const first = await unknown({ onUnknown: 'resend', ...over });
    await database.query("UPDATE delivery SET unknown_at = unknown_at - interval '1 hour' WHERE cdls_id = $1::bigint", [
      first.messageId,
    ]);
    const note = (await takeResends(database, 100)).find(({ messageId }) => messageId === first.messageId);
    return { first, release: note?.release ?? 0 };
  }

  return { ...hands, guard, lineId, send, calling, unknown, sentAgain };
}
