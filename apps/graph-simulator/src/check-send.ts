import { attachmentTypes, limits, messagingTypes, removedTags } from '@pombo/graph/graph-vocabulary.ts';
import type { GraphError } from './graph-error.ts';

/** A request that Graph would take. */
export interface Send {
  dest: string;
  /** `text`, or the type of the attachment. */
  type: string;
  /** The text, or where the media is (or was, when it was uploaded). */
  content: string;
  /** The media was uploaded before and is sent by this id. */
  attachmentId: string | null;
  metadata: string | null;
}

export type Checked = { kind: 'send'; send: Send } | { kind: 'action'; dest: string } | Refused;

interface Refused {
  kind: 'error';
  error: GraphError;
}

type Fields = Record<string, unknown>;

/** Reads the parameters as strictly as Graph does. Parameters it has never heard of are ignored, also as Graph does. */
export function checkSend(body: Fields): Checked {
  const dest = recipientOf(body.recipient);
  if (typeof dest !== 'string') return dest;
  const action = body.sender_action;
  if (action !== undefined && body.message !== undefined)
    return bad('(#100) Send message and sender action together', 2018014);
  if (action !== undefined) return { kind: 'action', dest };
  return typeError(body) ?? checkMessage(dest, body.message);
}

function recipientOf(recipient: unknown): string | Refused {
  if (!isObject(recipient)) return bad('(#100) The parameter recipient is required');
  const { id } = recipient;
  const good = typeof id === 'string' && /^\d{1,64}$/.test(id);
  return good ? id : bad('(#100) Param recipient[id] must be a valid ID string (e.g., "123")');
}

function typeError({ messaging_type: type, tag }: Fields): Refused | null {
  if (type !== undefined && !(messagingTypes as readonly unknown[]).includes(type)) {
    return bad(`(#100) Param messaging_type must be one of {${messagingTypes.join(', ')}}`);
  }
  if ((removedTags as readonly unknown[]).includes(tag)) return bad('(#100) This message tag is no longer supported');
  const tagMissing = type === 'MESSAGE_TAG' && (typeof tag !== 'string' || tag === '');
  return tagMissing ? bad('(#100) Message tag is required') : null;
}

function checkMessage(dest: string, message: unknown): Checked {
  if (!isObject(message)) return bad('(#100) The parameter message is required');
  const { text, attachment, metadata } = message;
  if (metadata !== undefined && !isMetadata(metadata))
    return bad('(#100) Param message[metadata] must be shorter than 1000 characters');
  if (text !== undefined && attachment !== undefined)
    return bad('(#100) Message cannot have both text and attachment', 2018032);
  const send = text === undefined ? checkMedia(attachment) : checkText(text);
  return 'kind' in send ? send : { kind: 'send', send: { ...send, dest, metadata: metadata ?? null } };
}

export type Content = Pick<Send, 'type' | 'content'>;
type SentContent = Content & Pick<Send, 'attachmentId'>;

/** Reads the parameters of an upload: what media, and where it is. */
export function checkUpload({ message }: Fields): { kind: 'upload'; media: Content } | Refused {
  if (!isObject(message)) return bad('(#100) The parameter message is required');
  const named = checkAttachment(message.attachment);
  if ('kind' in named) return named;
  const content = addressOf(named.payload);
  return typeof content === 'string' ? { kind: 'upload', media: { type: named.type, content } } : content;
}

function checkText(text: unknown): SentContent | Refused {
  if (typeof text !== 'string') return bad('(#100) Param message[text] must be a string', 2018032);
  if (text === '') return bad('(#100) Message cannot be empty, must provide valid attachment or text', 2018034);
  const tooLong = text.length > limits.textChars && [...text].length > limits.textChars;
  return tooLong
    ? bad(`(#100) Length of param message[text] must be less than or equal to ${limits.textChars}`)
    : { type: 'text', content: text, attachmentId: null };
}

/** Whether an id is good, and what it stands for, is looked up by whoever knows the page. */
function checkMedia(attachment: unknown): SentContent | Refused {
  const named = checkAttachment(attachment);
  if ('kind' in named) return named;
  const { type, payload } = named;
  const { attachment_id: id } = payload;
  if (typeof id === 'string' && id !== '') return { type, content: '', attachmentId: id };
  const content = addressOf(payload);
  return typeof content === 'string' ? { type, content, attachmentId: null } : content;
}

function checkAttachment(attachment: unknown): { type: string; payload: Fields } | Refused {
  if (!isObject(attachment))
    return bad('(#100) Message cannot be empty, must provide valid attachment or text', 2018034);
  const { type, payload } = attachment;
  const known = (attachmentTypes as readonly unknown[]).includes(type);
  if (typeof type !== 'string' || !known)
    return bad(`(#100) Param message[attachment][type] must be one of {${attachmentTypes.join(', ')}}`);
  return { type, payload: isObject(payload) ? payload : {} };
}

function addressOf({ url }: Fields): string | Refused {
  const good = typeof url === 'string' && isWebAddress(url);
  return good ? url : bad('(#100) Failed to fetch the file from the url', 2018008);
}

function isMetadata(value: unknown): value is string {
  return typeof value === 'string' && value.length < limits.metadataChars;
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function bad(message: string, subcode?: number): Refused {
  return { kind: 'error', error: { code: 100, message, ...(subcode === undefined ? {} : { subcode }) } };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
