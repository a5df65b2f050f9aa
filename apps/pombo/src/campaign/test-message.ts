import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, done, refused } from '../answer.ts';
import { type Api, ask, call, objection, passes, posting, unreachable } from '../api.ts';

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
const leastLookMs = 1_000;

/** Sends one message as the campaign would, and waits for what becomes of it. */
export async function sendTest(api: Api, campaignId: string, { dest, var: variables }: TestOptions): Promise<Answer> {
  const test = posting({ dest, variables });
  const accepted = await ask<{ cdls_id: number; mdata: string }>(api, `/v1/campaigns/${campaignId}/test`, test);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const look = await lookAt(api, accepted.cdls_id, deadline);
    if (look.kind === 'message' && look.message.status !== 'PENDING') return outcome(look.message, accepted.mdata);
    if (look.kind === 'in_vain') return outOfSight(accepted.cdls_id, look.why);
    if (performance.now() > deadline)
      return look.kind === 'message' ? noOutcome(look.message) : outOfSight(accepted.cdls_id, look.why);
    await sleep(betweenLooksMs);
  }
}

type Look =
  | { kind: 'message'; message: MessageView }
  /** The next look may show it. */
  | { kind: 'not_now'; why: string }
  | { kind: 'in_vain'; why: string };

async function lookAt(api: Api, messageId: number, deadline: number): Promise<Look> {
  const leftMs = Math.ceil(Math.max(leastLookMs, deadline - performance.now()));
  const answer = await call(api, `/v1/messages/${messageId}`, { signal: AbortSignal.timeout(leftMs) });
  if (answer.kind === 'unreachable') return { kind: 'not_now', why: unreachable(api, answer.why) };
  if (answer.status < 400) return { kind: 'message', message: JSON.parse(answer.body) };
  return { kind: passes(answer.status) ? 'not_now' : 'in_vain', why: objection(answer) };
}

function noOutcome({ cdls_id, status }: MessageView): Answer {
  const sentence = `Message ${cdls_id} has no outcome yet after ${patienceMs / 1_000} s.`;
  return refused(`${sentence} It is not lost: it waits for its turn.`, { cdls_id, status });
}

function outOfSight(messageId: number, why: string): Answer {
  return refused(`Message ${messageId} was accepted; what became of it cannot be seen. ${why}`, { cdls_id: messageId });
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
