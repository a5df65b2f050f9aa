import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Whoever sends a body for longer than this loses the connection; but for those who are excused. */
export interface SlowSenders {
  /** From now on its body has so long to arrive. */
  watch(request: IncomingMessage, response: ServerResponse): void;
  /** This body may take its time: whoever reads it looks after that. */
  excuse(request: IncomingMessage): void;
}

export interface SlowSendersOptions {
  withinMs: number;
  /** Answers on the bare socket: nothing has been answered yet. */
  refuse: (error: NodeJS.ErrnoException, socket: Socket) => void;
}

/**
 * Node's own `requestTimeout` is the same for every request of a server, and a list of recipients takes minutes to send.
 * This one is kept for each request by itself. The headers have Node's `headersTimeout`.
 */
export function limitSlowSenders({ withinMs, refuse }: SlowSendersOptions): SlowSenders {
  const limits = new WeakMap<IncomingMessage, NodeJS.Timeout>();

  function excuse(request: IncomingMessage): void {
    clearTimeout(limits.get(request));
    limits.delete(request);
  }

  function cut(request: IncomingMessage, response: ServerResponse): void {
    if (request.complete || request.socket.destroyed) return;
    if (response.headersSent) return void request.socket.destroy();
    refuse(Object.assign(new Error('the body took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), request.socket);
  }

  return {
    watch(request, response) {
      if (!announcesBody(request)) return;
      limits.set(request, setTimeout(cut, withinMs, request, response).unref());
      request.once('end', () => excuse(request));
      request.once('close', () => excuse(request));
    },
    excuse,
  };
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
