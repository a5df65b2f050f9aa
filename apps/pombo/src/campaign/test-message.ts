import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, done, refused } from '../answer.ts';
import { type Api, ask, posting } from '../api.ts';

export interface TestOptions {
  dest: string;
  var?: Record<string, string>;
}

interface MessageView {
  cdls_id: number;
  status: string;
  return_code: number | null;
  message_id: string | null;
  status_delivery: string | null;
}

const patienceMs = 30_000;
const betweenLooksMs = 500;

/** Sends one message as the campaign would, and waits for what becomes of it. */
export async function sendTest(api: Api, campaignId: string, { dest, var: variables }: TestOptions): Promise<Answer> {
  const test = posting({ dest, variables });
  const accepted = await ask<{ cdls_id: number; mdata: string }>(api, `/v1/campaigns/${campaignId}/test`, test);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const message = await ask<MessageView>(api, `/v1/messages/${accepted.cdls_id}`);
    if (message.status !== 'PENDING') return outcome(message, accepted.mdata);
    if (performance.now() > deadline) {
      const sentence = `Message ${accepted.cdls_id} has no outcome yet after ${patienceMs / 1_000} s.`;
      return refused(`${sentence} It is not lost: it waits for its turn.`, {
        cdls_id: accepted.cdls_id,
        status: message.status,
      });
    }
    await sleep(betweenLooksMs);
  }
}

function outcome(message: MessageView, mdata: string): Answer {
  const { cdls_id, status, return_code, message_id, status_delivery } = message;
  if (status === 'OK') return done({ ...message, mdata }, `Sent as message ${cdls_id} (${message_id}):\n\n${mdata}`);
  const why = [return_code || null, status_delivery].filter((word) => word !== null && word !== '').join(', ');
  const json = { cdls_id, status, return_code, message_id, status_delivery };
  if (status === 'WR')
    return refused(
      `Nobody knows whether message ${cdls_id} arrived${why && ` (${why})`}: its outcome is unknown.`,
      json,
    );
  return refused(`Message ${cdls_id} was not sent: ${status}${why && ` (${why})`}.`, json);
}
