import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What a caller asked, in the order in which it asked. */
export interface Asked {
  what: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Answers one request; the body is unread unless `read` is called. */
type Answer = (response: ServerResponse, request: IncomingMessage, read: () => Promise<Asked>) => unknown;

/** A server that knows of campaigns only what a test tells it: the commands' half of the agreed API. */
export class FakeCampaignApi {
  readonly asked: Asked[] = [];
  readonly #answers = new Map<string, Answer[]>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  forget(): void {
    this.asked.length = 0;
    this.#answers.clear();
  }

  /** `what` is a method and a path. One answer after the other; the last one stays. */
  on(what: string, ...answers: Answer[]): void {
    this.#answers.set(what, answers);
  }

  bodies(what: string): unknown[] {
    return this.asked.filter((each) => each.what === what).map(({ body }) => JSON.parse(body.toString()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = `${request.method} ${request.url}`;
    const asked: Asked = { what, headers: request.headers, body: Buffer.alloc(0) };
    this.asked.push(asked);
    const answers = this.#answers.get(what);
    const answer = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    if (!answer) return problem(404, 'No such thing')(response);
    let reading: Promise<Asked> | undefined;
    const read = () => {
      reading ??= buffer(request).then((body) => Object.assign(asked, { body }));
      return reading;
    };
    if (answer.length < 3) await read();
    await answer(response, request, read);
  }
}

export function json(value: unknown, status = 200) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 204 ? '' : JSON.stringify(value));
  };
}

export function problem(status: number, title: string, more: object = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', status, title, ...more }));
  };
}

/** Server-sent events; afterwards the stream is ended, cut, or left open. */
export function events(list: readonly { event: string; id?: string; data?: object }[], then: 'end' | 'cut' | 'stay') {
  return (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
    for (const { event, id, data } of list) {
      const named = id === undefined ? '' : `id: ${id}\n`;
      response.write(`event: ${event}\n${named}data: ${JSON.stringify(data ?? {})}\n\n`);
    }
    if (then === 'end') response.end();
    if (then === 'cut') setTimeout(() => response.destroy(), 100);
  };
}
