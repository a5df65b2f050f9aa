import type { Claim } from '@pombo/db/claim.ts';
import { settleFor } from './answers.ts';
import { type Call, complaintAbout, fates } from './model.ts';
import type { World } from './world.ts';

/** A worker asks for its note's turn. If it is granted the call begins, and `dice` decides what it really does. */
export async function askForTurn(world: World, worker: number, note: Claim, dice: number): Promise<void> {
  const claim = world.claims[worker % world.claims.length];
  const result = await claim?.(note);
  if (result?.kind === 'wait') world.notes.push(note);
  if (result?.kind !== 'go') return;
  const call: Call = { open: result, release: note.release, fate: fates[dice % fates.length] ?? 'sent', told: false };
  begin(world, call);
  world.underWay.push(call);
}

function begin({ messages, newest, complaints }: World, call: Call): void {
  const { messageId } = call.open;
  const message = messages.get(messageId);
  if (!message) {
    complaints.push(`a turn for ${messageId}, which nobody sent`);
    return;
  }
  if (call.release < (newest.get(messageId) ?? 0)) complaints.push(`an old note of ${messageId} got the turn`);
  const complaint = complaintAbout(message, message.calls);
  if (complaint !== null) complaints.push(complaint);
  message.calls.push(call);
}

/** Its worker hands the answer to the database, however late. */
export async function tell(world: World, call: Call, dice: number): Promise<void> {
  call.told = true;
  const row = settleFor(call.open, call.fate, dice);
  const { applied } = await world.settle(row);
  if (applied && row.step === 'again') world.notes.push({ messageId: row.messageId, release: call.release });
  if (row.step === 'OK') await mustHaveEnded(world, row.messageId);
}

/** What is known to have arrived is finished, whatever was decided before. */
export async function mustHaveEnded({ database, complaints }: World, messageId: string): Promise<void> {
  const rows = await database.query('SELECT 1 FROM delivery WHERE cdls_id = $1::bigint', [messageId]);
  if (rows.length > 0) complaints.push(`${messageId} goes on although a call of it is known to have arrived`);
}
