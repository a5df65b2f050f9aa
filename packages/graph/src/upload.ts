import type { MessageType } from '@pombo/domain/message-type.ts';
import type { UploadVerdict } from '@pombo/domain/upload-verdict.ts';
import { classify } from './classify.ts';
import type { UploadBody } from './graph-vocabulary.ts';
import { parseObject } from './parse-object.ts';
import type { Reply } from './reply.ts';

export interface UploadRequest {
  type: Exclude<MessageType, 'text'>;
  url: string;
}

export function buildUploadBody({ type, url }: UploadRequest): UploadBody {
  return { message: { attachment: { type, payload: { url, is_reusable: true } } } };
}

/** What the answer to an upload means, by the same table as the answer to a send. `secrets` must not reach what it says. */
export function uploadVerdictOf(reply: Reply, secrets: readonly string[]): UploadVerdict {
  const attachmentId = attachmentIdIn(reply);
  if (attachmentId !== null) return { kind: 'uploaded', attachmentId };
  const outcome = classify(reply, secrets);
  return outcome.kind === 'sent'
    ? { kind: 'failed', outcome: { kind: 'unknown', because: 'unreadable_answer', reply: outcome.reply } }
    : { kind: 'failed', outcome };
}

/** Meta's ids are digits. Anything without spaces that one could store would do as well: it only has to be handed back. */
function attachmentIdIn({ result }: Reply): string | null {
  if (result.kind !== 'answer') return null;
  const id = parseObject(result.bodyText)?.attachment_id;
  return typeof id === 'string' && /^[\x21-\x7e]{1,200}$/.test(id) ? id : null;
}
