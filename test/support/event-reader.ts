import { type ClientRequest, request as httpRequest } from 'node:http';
import { type Recorder, recorder } from './signal.ts';

export interface ServerEvent {
  event: string;
  id: string;
  data: string;
}

/** Reads server-sent events as a browser does. */
export interface EventReader {
  readonly request: ClientRequest;
  readonly status: Promise<number>;
  readonly events: Recorder<ServerEvent>;
  readonly comments: Recorder<string>;
  /** Resolves when the stream has ended in good order; rejects when it broke off. */
  readonly ended: Promise<void>;
}

export function readEvents(port: number, path: string, headers: Record<string, string>): EventReader {
  const events = recorder<ServerEvent>();
  const comments = recorder<string>();
  const status = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => {});
  const request = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false });
  request.on('error', (error) => {
    status.reject(error);
    ended.reject(error);
  });
  request.on('response', (response) => {
    status.resolve(response.statusCode ?? 0);
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const lines = block.split('\n');
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
        if (block.startsWith(':')) comments.record(block);
        else events.record({ event: field('event'), id: field('id'), data: field('data') });
      }
    });
    response.on('end', () => ended.resolve());
    response.on('error', (error) => ended.reject(error));
  });
  request.end();
  return { request, status: status.promise, events, comments, ended: ended.promise };
}
