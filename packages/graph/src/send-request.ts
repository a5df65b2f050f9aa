import type { MessageType } from '@pombo/domain/message-type.ts';
import type { SendBody, SendMessage } from './graph-vocabulary.ts';

export interface SendRequest {
  /** The recipient's PSID: text, because it exceeds what a JS number holds. */
  dest: string;
  type: MessageType;
  /** The text itself, or the public URL of the media. */
  data: string;
  /** From `formatMetadata`. */
  metadata: string;
}

/** What is posted to Graph for one message. A caption has no place here: Messenger has none. */
export function buildSendBody(request: SendRequest): SendBody {
  return { recipient: { id: request.dest }, messaging_type: 'UPDATE', message: messageOf(request) };
}

function messageOf({ type, data, metadata }: SendRequest): SendMessage {
  return type === 'text' ? { text: data, metadata } : { attachment: { type, payload: { url: data } }, metadata };
}
