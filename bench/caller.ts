import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

export interface Answered {
  messageId: string;
  status: string;
  tookMs: number;
}

/** Somebody who calls MakeMessenger over connections that stay open. */
export interface Caller {
  send(lineId: string, options?: { async?: boolean }): Promise<Answered>;
  /** `perSecond` calls each second, whatever becomes of them, each at a random moment of its own slice of time. */
  sendSteadily(lineId: string, rate: { perSecond: number; seconds: number; async?: boolean }): Promise<Answered[]>;
  close(): Promise<void>;
}

/** Recipients nobody else in a bench writes to; each is written to once. */
const firstRecipient = 8_000_000_000;

export function openCaller(options: { url: string; tsid: string; random: () => number }): Caller {
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  let recipient = firstRecipient;

  async function send(lineId: string, { async = false } = {}): Promise<Answered> {
    recipient += 1;
    const startedAt = performance.now();
    const answer = await request(`${options.url}/api/v2/MakeMessenger.php`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${options.tsid}` },
      body: JSON.stringify({ app_id: lineId, dest: String(recipient), mdata: 'bench', ...(async && { async: 1 }) }),
    });
    const text = await answer.body.text();
    const tookMs = performance.now() - startedAt;
    if (answer.statusCode !== 200 && answer.statusCode !== 202) throw new Error(`${answer.statusCode} ${text}`);
    const { status, cdls_id } = (JSON.parse(text) as { return: { status: string; cdls_id: number } }).return;
    return { messageId: String(cdls_id), status, tookMs };
  }

  return {
    send,
    async sendSteadily(lineId, { perSecond, seconds, async = false }) {
      const sliceMs = 1000 / perSecond;
      const startAt = performance.now();
      const calls = Array.from({ length: perSecond * seconds }, async (_, n) => {
        // The slices lie beside a line's turns in ever new ways, as callers' moments do.
        await sleep(Math.max(0, startAt + (n + options.random()) * sliceMs - performance.now()));
        return send(lineId, { async });
      });
      return Promise.all(calls);
    },
    close: () => agent.close(),
  };
}
