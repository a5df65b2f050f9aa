import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { type Api, objection, openAnswer, passes, unreachable } from '../api.ts';
import { Refusal } from '../refusal.ts';

export interface ServerEvent {
  event: string;
  id: string | null;
  data: unknown;
}

/** Three heartbeats of the server that did not come. */
const silenceMs = 45_000;
const waitsMs = [500, 1_000, 2_000, 5_000, 10_000] as const;

/**
 * Server-sent events until `signal`, or until whoever listens has heard enough. A connection that is lost is made
 * again, after the last event that was heard. Throws a Refusal when the first connection fails, or when the API says no.
 */
export async function* followEvents(
  api: Api,
  path: string,
  signal: AbortSignal,
  note: (sentence: string) => void,
): AsyncGenerator<ServerEvent> {
  const heard: { id: string | null; any: boolean } = { id: null, any: false };
  for (let tries = 0; !signal.aborted; tries += 1) {
    for await (const event of eventsOfOne(api, path, signal, heard)) {
      tries = 0;
      heard.any = true;
      yield event;
    }
    if (signal.aborted) return;
    if (tries === 0) note('The connection to the API was lost; trying again.');
    await sleep(waitsMs[Math.min(tries, waitsMs.length - 1)], null, { signal }).catch(() => {});
  }
}

/** The events of one connection, to its end. */
async function* eventsOfOne(
  api: Api,
  path: string,
  signal: AbortSignal,
  heard: { id: string | null; any: boolean },
): AsyncGenerator<ServerEvent> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const headers = { accept: 'text/event-stream', ...(heard.id === null ? {} : { 'last-event-id': heard.id }) };
  try {
    const opened = await openAnswer(api, path, { headers, signal: AbortSignal.any([signal, silence.signal]) });
    if (opened.kind === 'unreachable') {
      if (heard.any || signal.aborted) return;
      throw new Refusal(unreachable(api, opened.why));
    }
    const { status, body } = opened;
    if (status >= 400 && !(heard.any && passes(status)))
      throw new Refusal(objection({ kind: 'answered', status, body: await text(body) }));
    if (status !== 200) return;
    for await (const message of messagesIn(body, () => timer.refresh())) {
      heard.id = message.id ?? heard.id;
      yield { event: message.event ?? 'message', id: message.id ?? null, data: readJson(message.data) };
    }
  } finally {
    clearTimeout(timer);
    // Whoever has heard enough leaves in the middle of a stream.
    silence.abort();
  }
}

async function* messagesIn(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<EventSourceMessage, void, void> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) {
      onBytes();
      parser.feed(decoder.decode(chunk, { stream: true }));
      yield* messages.splice(0);
    }
  } catch {
    // A connection that breaks ends like one that is closed: the next one will show.
  }
}

function readJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
