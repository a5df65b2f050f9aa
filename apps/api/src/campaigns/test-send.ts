import type { AcceptResult, NewMessage } from '@pombo/db/accept.ts';
import type { Campaign } from '@pombo/db/campaigns.ts';
import { acceptInTime } from '../accept-in-time.ts';
import type { Problem } from '../problem.ts';
import type { CampaignParts } from './campaign-parts.ts';

export type TestSend = { kind: 'accepted'; messageId: string } | { kind: 'refused'; problem: Problem };

/** Whoever tries a campaign out looks at the telephone now: later than this it is of no use. */
const validityMs = 600_000;
const acceptWithinMs = 10_000;

/** Sends one message as the campaign would say it. Nobody waits for it here, and it does not count in the campaign. */
export async function sendTest(
  { accept, queue, metrics, logger }: CampaignParts,
  campaign: Campaign,
  dest: string,
  data: string,
  traceparent: string | null,
): Promise<TestSend> {
  const messageId = await accept.drawId();
  const result = await acceptInTime(accept, messageOf(campaign, messageId, dest, data, traceparent), acceptWithinMs);
  const against = problemOf(result);
  if (against) return { kind: 'refused', problem: against };
  if (result.kind === 'accepted') {
    metrics.messagesAccepted.inc({ lane: 'now' });
    queue
      .enqueue('now', [{ messageId, release: 1 }])
      .catch((err: unknown) => logger.warn({ err, messageId }, 'the queue was not told; the sweep will'));
  }
  return { kind: 'accepted', messageId };
}

function messageOf(
  campaign: Campaign,
  messageId: string,
  dest: string,
  data: string,
  traceparent: string | null,
): NewMessage {
  return {
    messageId,
    customerId: campaign.customerId,
    lineId: campaign.lineId,
    dest,
    type: campaign.type,
    data,
    caption: null,
    reference: null,
    lane: 'now',
    validityMs,
    waitMs: null,
    onUnknown: campaign.onUnknown,
    origin: null,
    traceparent,
    idempotency: null,
    duplicateWindow: null,
  };
}

/** If nobody knows whether it was written, it counts as written: then a blind repetition would say it twice. */
function problemOf(result: AcceptResult): Problem | null {
  if (result.kind === 'accepted' || result.kind === 'fate_unknown') return null;
  if (result.kind !== 'full') return { status: 503, title: 'unavailable' };
  return { status: 429, title: 'queue full', retryAfterSeconds: Math.max(1, Math.ceil(result.afterMs / 1000)) };
}
