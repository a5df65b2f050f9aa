import type { ProbeVerdict } from '@pombo/domain/probe-verdict.ts';
import { classify } from './classify.ts';
import { parseObject } from './parse-object.ts';
import type { Reply } from './reply.ts';

/** What the answer to a probe means, by the same table as the answer to a send. `token` must not reach the outcome's text. */
export function probeVerdictOf(reply: Reply, token: string): ProbeVerdict {
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
