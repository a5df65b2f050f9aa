import type { MessageType } from './message-type.ts';
import { isLongerThan } from './text.ts';

const maxText = 2000;
const maxUrl = 2048;

/** What is wrong with what a message of this type is to carry; null when nothing is. */
export type ContentFault = 'empty' | 'too_long' | 'invalid_url';

export function contentFault(type: MessageType, data: string): ContentFault | null {
  if (data === '') return 'empty';
  if (type !== 'text') return isMediaUrl(data) ? null : 'invalid_url';
  return isLongerThan(data, maxText) ? 'too_long' : null;
}

/** An absolute http(s) URL. Whether it can be fetched is for Meta to find out. */
function isMediaUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#]/i.test(text) && !/\s/.test(text) && !isLongerThan(text, maxUrl) && URL.canParse(text);
}
