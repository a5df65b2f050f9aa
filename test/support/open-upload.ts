import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Reply } from './doorstep.ts';

/** An upload that is sent as the test likes: piece by piece, never to its end, or broken off. */
export interface OpenUpload {
  readonly request: ClientRequest;
  /** Resolves when the piece has left this process. */
  send(piece: string | Buffer): Promise<void>;
  end(): void;
  /** The connection is gone, as when somebody pulls the plug. */
  breakOff(): void;
  /** Resolves with the answer, whether everything was sent by then or not. */
  readonly answer: Promise<Reply>;
}

export function openUpload(port: number, campaignId: string, headers: Record<string, string>): OpenUpload {
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: `/v1/campaigns/${campaignId}/recipients`,
    agent: false,
    headers: { 'content-type': 'text/csv', ...headers },
  });
  const answer = new Promise<Reply>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response: IncomingMessage) => {
      text(response).then(
        (said) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said }),
        reject,
      );
    });
  });
  // Where nobody waits for it, it may fail unseen.
  answer.catch(() => {});
  request.flushHeaders();
  return {
    request,
    answer,
    send: (piece) =>
      new Promise((resolve, reject) => {
        request.write(piece, (error) => (error ? reject(error) : resolve()));
      }),
    end: () => void request.end(),
    breakOff: () => void request.destroy(),
  };
}
