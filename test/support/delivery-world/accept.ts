import type { AcceptResult } from '@pombo/db/accept.ts';
import { newMessage } from '../new-message.ts';
import type { Choice } from './actions.ts';
import { pick } from './dice.ts';
import type { World } from './world.ts';

const validitySeconds = [86_400, 86_400, 86_400, 86_400, 86_400, 1_800, 600, 30];

/** A message to one of three recipients, now and then under one of three keys, or with a duplicate window. */
export async function acceptOne(world: World, { a, b, c }: Choice): Promise<void> {
  const { customerId, messages } = world;
  const messageId = await world.accept.drawId();
  const lane = a % 2 === 0 ? 'now' : 'bulk';
  const onUnknown = b % 2 === 0 ? 'resend' : 'hold';
  const [lineId, dest] = [pick(world.lineIds, b), `p${c % 3}`];
  const key = a % 5 === 0 ? `k${b % 3}` : null;
  const message = newMessage(messageId, {
    customerId,
    lineId,
    dest,
    lane,
    onUnknown,
    type: pick(['text', 'image', 'audio', 'video'] as const, c),
    validityMs: pick(validitySeconds, a + b) * 1_000,
    idempotency: key === null ? null : { key, fingerprint: Buffer.from([c % 2]) },
    duplicateWindow: c % 5 === 0 ? { digest: Buffer.from(dest), seconds: 60 } : null,
  });
  messages.set(messageId, { messageId, lineId, dest, onUnknown, calls: [], sendAgains: 0, saidByHand: null });
  const result = await world.accept.accept(message);
  if (result.kind !== 'accepted') messages.delete(messageId);
  // One in four is never enqueued: its process died in between, and the sweep has to find it.
  else if (lane === 'now' && c % 4 !== 0) world.notes.push({ messageId, release: 1 });
  judge(world, messageId, key, result);
}

function judge(
  { accepted, messages, complaints }: World,
  messageId: string,
  key: string | null,
  result: AcceptResult,
): void {
  if (result.kind === 'unavailable' || result.kind === 'fate_unknown') complaints.push(`accept: ${result.kind}`);
  if (result.kind === 'replay' && !messages.has(result.messageId))
    complaints.push(`a replay of ${result.messageId}, which was not accepted`);
  if (key === null || result.kind !== 'accepted') return;
  const owners = (accepted.get(key) ?? new Set()).add(messageId);
  accepted.set(key, owners);
  if (owners.size > 1) complaints.push(`key ${key} was accepted for ${[...owners]}`);
}
