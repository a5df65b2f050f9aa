import type { Outcome } from '@pombo/domain/outcome.ts';
import { classify } from './classify.ts';
import { parseObject } from './parse-object.ts';
import type { Reply } from './reply.ts';

/** What asking Graph about a token came to. */
export type Probe =
  /** Graph knows the token and whose page it is. Whether it may send, only sending shows. */
  | { kind: 'works' }
  /** Graph refused it. Of a dead token the outcome is `line_down`; `refused` is anything else that is wrong with the call. */
  | { kind: 'refused'; outcome: Refusal }
  /** No answer, one nobody can read, "too fast" or "later": it says nothing about the token. */
  | { kind: 'no_word' };

type Refusal = Extract<Outcome, { kind: 'line_down' | 'refused' }>;

/** Reads the answer to a probe, by the same table as the answer to a send. `token` must not reach the outcome's text. */
export function readProbe(reply: Reply, token: string): Probe {
  if (namesAPage(reply)) return { kind: 'works' };
  const outcome = classify(reply, [token]);
  return outcome.kind === 'line_down' || outcome.kind === 'refused'
    ? { kind: 'refused', outcome }
    : { kind: 'no_word' };
}

function namesAPage({ result }: Reply): boolean {
  if (result.kind !== 'answer' || result.httpStatus !== 200) return false;
  const body = parseObject(result.bodyText);
  return typeof body?.id === 'string' && body.id !== '' && body.error === undefined;
}
