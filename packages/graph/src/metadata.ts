import { parseObject } from './parse-object.ts';

/** Which of our attempts a message belongs to. Meta returns it in the echo webhook, which is how an unknown is settled. */
export interface MessageMetadata {
  /** The row's id, a decimal string: it may exceed 2^53. */
  cdlsId: string;
  /** Counts from 1. */
  attempt: number;
}

/** The text that travels in `message.metadata`: `{"cdls_id":"123","attempt":1}`. */
export function formatMetadata(metadata: MessageMetadata): string {
  return JSON.stringify({ cdls_id: metadata.cdlsId, attempt: metadata.attempt });
}

/** Reads it back; `null` for anything we did not write (other apps answer in the same threads). */
export function parseMetadata(text: string): MessageMetadata | null {
  const value = parseObject(text);
  const { cdls_id: cdlsId, attempt } = value ?? {};
  const ours = typeof cdlsId === 'string' && /^\d{1,20}$/.test(cdlsId) && Number.isSafeInteger(attempt);
  return ours ? { cdlsId, attempt: attempt as number } : null;
}
