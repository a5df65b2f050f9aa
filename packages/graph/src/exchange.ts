import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { headerNames } from './graph-vocabulary.ts';
import type { AnswerHeaders, ReplyResult } from './reply.ts';

/** One request, ready to go. */
export interface GraphRequest {
  method: 'POST' | 'GET';
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

/** The moments worth a stamp, in the order they come. */
export type Phase = 'connected' | 'written' | 'answered';

export interface ExchangeWatch {
  /** Asked once, in the instant before the first byte is written. */
  mayWrite: () => boolean;
  /** What is left of the call's time. */
  remainingMs: number;
  onPhase: (phase: Phase) => void;
}

type Handler = Dispatcher.DispatchHandler;

/**
 * One request over one socket: it never throws, and the result says how far it came.
 *
 * "Started" separates `no_connection` from `no_answer`, so it must mean exactly "a byte may have been written".
 * Verified in undici 8.12.4, with HTTP/1.1 and pipelining 1:
 * - `lib/dispatcher/client-h1.js` `writeH1` calls `onRequestStart` synchronously before its first `socket.write`, and
 *   returns without writing when that throws. It runs only on a context made in the connector's
 *   callback, which for https fires on `secureConnect`; DNS, TCP and TLS failures therefore all come before it.
 * - A started request is never sent again. When its socket closes, `onHttpSocketClose` fails the head of the queue.
 *   The one path that puts it back (`kPendingIdx = kRunningIdx` after an InformationalError) is reached only when the
 *   request was aborted by us, and `_resume` drops aborted requests; or when nothing is running.
 * - A reused idle socket is first given one turn of the event loop (`scheduleIdleSocketValidation`), so a close that has
 *   already arrived is seen before `onRequestStart`; the request then waits for a new connection.
 */
export function exchange(dispatcher: Dispatcher, request: GraphRequest, watch: ExchangeWatch): Promise<ReplyResult> {
  return new Promise((resolve) => {
    const progress: Progress = { started: false, httpStatus: 0, headers: {}, chunks: [] };
    let controller: Dispatcher.DispatchController | null = null;
    let settled = false;

    const settle = (result: ReplyResult) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve(result);
    };
    const giveUp = () => {
      if (settled) return;
      const error = new Error('the deadline of the call passed');
      settle(failure(progress, error));
      // Before the start there is nothing to abort: `onRequestStart` will find the call settled and turn back.
      controller?.abort(error);
    };
    // Timers run before sockets are read. After a standstill the answer may be lying there: it gets its turn first.
    const timer = setTimeout(() => setImmediate(giveUp), Math.max(1, watch.remainingMs));

    const handler: Handler = {
      onRequestStart(started) {
        if (!settled) watch.onPhase('connected');
        if (settled || !watch.mayWrite()) {
          settle({ kind: 'withheld' });
          // An abort would take the socket with it; this keeps it for the next call.
          throw new Error('withheld');
        }
        controller = started;
        progress.started = true;
      },
      onRequestSent: () => watch.onPhase('written'),
      onResponseStart(_controller, httpStatus, headers) {
        // 1xx lines are not the answer.
        if (httpStatus < 200) return;
        watch.onPhase('answered');
        progress.httpStatus = httpStatus;
        progress.headers = headers;
      },
      onResponseData: (_controller, chunk) => {
        progress.chunks.push(chunk);
      },
      onResponseEnd: () => settle(answerOf(progress)),
      onResponseError: (_controller, error) => settle(failure(progress, error)),
    };
    dispatcher.dispatch(request, handler);
  });
}

interface Progress {
  started: boolean;
  /** 0 until the status line is there. */
  httpStatus: number;
  headers: IncomingHttpHeaders;
  chunks: Buffer[];
}

function answerOf({ httpStatus, headers, chunks }: Progress): ReplyResult {
  return {
    kind: 'answer',
    httpStatus,
    headers: answerHeaders(headers),
    bodyText: Buffer.concat(chunks).toString('utf8'),
  };
}

function failure({ started, httpStatus }: Progress, error: Error): ReplyResult {
  const text = errorText(error);
  if (!started) return { kind: 'no_connection', text };
  return httpStatus === 0 ? { kind: 'no_answer', text, written: true } : { kind: 'broken_answer', httpStatus, text };
}

function answerHeaders(headers: IncomingHttpHeaders): AnswerHeaders {
  const one = (name: string) => {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
  return {
    apiVersion: one(headerNames.apiVersion),
    traceId: one(headerNames.traceId),
    businessUsage: one(headerNames.businessUsage),
    appUsage: one(headerNames.appUsage),
    pageUsage: one(headerNames.pageUsage),
    retryAfter: one(headerNames.retryAfter),
  };
}

/** When every address of a host fails, Node's error has no message of its own, only its parts have. */
function errorText(error: Error): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((part) => (part instanceof Error ? part.message : String(part))).join('; ');
  }
  return error.message || error.name;
}
