import type { NewMessage } from '@pombo/db/accept.ts';

/** An ordinary asynchronous text, with what a test cares about put over it. */
export function newMessage(
  messageId: string,
  over: Partial<NewMessage> & Pick<NewMessage, 'customerId' | 'lineId'>,
): NewMessage {
  return {
    messageId,
    dest: '9000000',
    type: 'text',
    data: 'hello',
    caption: null,
    reference: null,
    lane: 'bulk',
    validityMs: 3_600_000,
    waitMs: null,
    onUnknown: 'hold',
    origin: null,
    traceparent: null,
    idempotency: null,
    duplicateWindow: null,
    ...over,
  };
}
