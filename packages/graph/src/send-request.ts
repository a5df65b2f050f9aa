import type { MessageType } from '@pombo/domain/message-type.ts';
import type { SendBody, SendMessage } from './graph-vocabulary.ts';

export interface SendRequest {
  /** The recipient's PSID: text, because it exceeds what a JS number holds. */
  dest: string;
  type: MessageType;
  /** The text itself, or the public URL of the media. */
  data: string;
  /** This media as it was uploaded to the page before, which saves Meta from fetching it again. */
  attachmentId?: string | null;
  /** From `formatMetadata`. */
  metadata: string;
}

/** What is posted to Graph for one message. A caption has no place here: Messenger has none. */
export function buildSendBody(request: SendRequest): SendBody {
  return { recipient: { id: request.dest }, messaging_type: 'UPDATE', message: messageOf(request) };
}

function messageOf({ type, data, metadata, attachmentId = null }: SendRequest): SendMessage {
  if (type === 'text') return { text: data, metadata };
  const payload = attachmentId === null ? { url: data } : { attachment_id: attachmentId };
  return { attachment: { type, payload }, metadata };
}
