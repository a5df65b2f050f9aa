import { setTimeout as pause } from 'node:timers/promises';
import type { House } from './house.ts';

/** What one caller asked and heard. */
export interface Heard {
  dest: string;
  /** Milliseconds since 1970. */
  askedAt: number;
  answeredAt: number;
  /** 0: no answer came. */
  httpStatus: number;
  status: string;
  /** `0`: there is no row. */
  messageId: string;
}

/** Callers that come at a steady rate, whatever the ones before them hear. */
export interface Load {
  readonly heard: readonly Heard[];
  /** No more callers; resolves when the last one has its answer. */
  stop(): Promise<readonly Heard[]>;
}

export interface LoadOptions {
  /** Where the API, or what stands in front of it, answers. */
  url: string;
  lineId: string;
  perSecond: number;
  /** Callers that do not wait for the outcome. */
  async: boolean;
}

let loads = 0;

/** Every caller writes to a recipient of its own, so that its message can be found in the ledger. */
export function startLoad(house: House, { url, lineId, perSecond, async }: LoadOptions): Load {
  const heard: Heard[] = [];
  const open = new Set<Promise<void>>();
  const stopping = new AbortController();
  loads += 1;
  const first = loads * 1_000_000;

  async function call(dest: string): Promise<void> {
    const askedAt = Date.now();
    const body = new URLSearchParams({ app_id: lineId, dest, mdata: 'hello', ...(async && { async: '1' }) });
    const headers = { authorization: `Bearer ${house.tsid}` };
    const answer = await fetch(`${url}/api/v2/MakeMessenger.php`, { method: 'POST', headers, body })
      .then(async (response) => ({ httpStatus: response.status, ...readEnvelope(await response.text()) }))
      .catch((error: unknown) => ({ httpStatus: 0, status: String(error), messageId: '0' }));
    heard.push({ dest, askedAt, answeredAt: Date.now(), ...answer });
  }

  async function keepCalling(): Promise<void> {
    const startedAt = performance.now();
    for (let count = 0; !stopping.signal.aborted; count += 1) {
      const calling = call(String(first + count)).finally(() => open.delete(calling));
      open.add(calling);
      const nextInMs = startedAt + ((count + 1) * 1000) / perSecond - performance.now();
      await pause(Math.max(0, nextInMs), undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const calling = keepCalling();
  return {
    heard,
    async stop() {
      stopping.abort();
      await calling;
      await Promise.all(open);
      return heard;
    },
  };
}

/** The numbers of the messages that were promised. */
export function promisedIn(heard: readonly Heard[]): string[] {
  return heard.filter(({ messageId }) => messageId !== '0').map(({ messageId }) => messageId);
}

function readEnvelope(text: string): { status: string; messageId: string } {
  const { status, cdls_id } = (JSON.parse(text) as { return: { status: string; cdls_id: number } }).return;
  return { status, messageId: String(cdls_id) };
}
