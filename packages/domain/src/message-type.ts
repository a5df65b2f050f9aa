/** What a message carries. `document`, the family's other word for a file, is folded into `file` at the door. */
export const messageTypes = ['text', 'image', 'audio', 'video', 'file'] as const;

export type MessageType = (typeof messageTypes)[number];

const words: Readonly<Record<string, MessageType>> = {
  text: 'text',
  image: 'image',
  audio: 'audio',
  video: 'video',
  file: 'file',
  document: 'file',
};

/** The type a caller's word stands for, whatever its case; `null` when it is none of the six words. */
export function messageTypeOf(word: string): MessageType | null {
  const key = word.toLowerCase();
  return Object.hasOwn(words, key) ? (words[key] ?? null) : null;
}

/**
 * How long one call to Graph may take, first byte to last, in milliseconds.
 * Meta fetches media inside the call (10 s, video 75 s), so a shorter deadline would manufacture unknown outcomes.
 */
export const callDeadlineMs = {
  text: 15_000,
  image: 20_000,
  audio: 20_000,
  file: 20_000,
  video: 90_000,
} as const satisfies Record<MessageType, number>;
