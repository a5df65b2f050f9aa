import type { Accept, AcceptResult, NewMessage } from '@pombo/db/accept.ts';

/**
 * A database that has gone silent keeps a statement for longer than callers wait. Once it has the message, only "nobody
 * knows" may be said of it; the row, if there is one, goes its way without this request.
 */
export async function acceptInTime(accept: Accept, message: NewMessage, limitMs: number): Promise<AcceptResult> {
  const nobodyKnows: AcceptResult = { kind: 'fate_unknown' };
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, nobodyKnows);
    void accept
      .accept(message)
      .catch(() => nobodyKnows)
      .then((result) => {
        clearTimeout(timer);
        resolve(result);
      });
  });
}
